/**
 * Measures as bytes: numbers of seven bits a byte, the lowest first, a set eighth bit where more follow. A version;
 * sent, delivered, attempts; how many classes of errors, and code and count of each; then each delay: its largest, how
 * many classes, and of each its distance from the one before and its count.
 */
import type { DelayHistogram } from "../core/delay-histogram.ts";
import { Measures } from "../core/measures.ts";
import { errorClassCodes } from "./attempt-codes.ts";

const version = 1;

export function measuresToBytes(measures: Measures): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const put = (value: number): void => {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  };
  for (const value of [version, measures.sent, measures.delivered, measures.attempts]) put(value);
  put(measures.errors.size);
  for (const [errorClass, count] of measures.errors) {
    put(errorClassCodes.code(errorClass));
    put(count);
  }
  for (const histogram of delaysOf(measures)) {
    put(histogram.max);
    put(histogram.classes.size);
    let last = 0;
    for (const [number, count] of [...histogram.classes].sort(([left], [right]) => left - right)) {
      put(number - last);
      put(count);
      last = number;
    }
  }
  return new Uint8Array(bytes);
}

/** Adds what was written. */
export function addBytes(into: Measures, bytes: Uint8Array): void {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("the measures end too early");
      value += (byte % 128) * unit;
      if (byte < 128) return value;
    }
  };
  const found = next();
  if (found !== version) throw new Error(`measures of version ${found} cannot be read`);
  into.sent += next();
  into.delivered += next();
  into.attempts += next();
  for (let left = next(); left > 0; left--) {
    const errorClass = errorClassCodes.word(next());
    into.errors.set(errorClass, (into.errors.get(errorClass) ?? 0) + next());
  }
  for (const histogram of delaysOf(into)) {
    histogram.max = Math.max(histogram.max, next());
    let number = 0;
    for (let left = next(); left > 0; left--) {
      number += next();
      histogram.addToClass(number, next());
    }
  }
}

export function measuresOf(bytes: Uint8Array): Measures {
  const measures = new Measures();
  addBytes(measures, bytes);
  return measures;
}

const delaysOf = ({ fromOccurred, fromAccepted, fromAttempt }: Measures): readonly DelayHistogram[] => [
  fromOccurred,
  fromAccepted,
  fromAttempt,
];
