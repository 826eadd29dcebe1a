/**
 * The functions of filters: those of CEL whose cost has a bound. What is not here is refused when the filter is read;
 * `matches` because a regular expression may take forever.
 */
import { Duration, dateOf, isMap, type Meter, noValue } from "./values.ts";

/** Of the values given, the receiver first where there is one. */
export type Call = (meter: Meter, first: unknown, second: unknown, third: unknown) => unknown;

const text = (value: unknown): string => {
  if (typeof value !== "string") throw noValue;
  return value;
};

/** Texts that are read as numbers, times and durations are short. */
const shortText = (value: unknown, lengthMax: number): string => {
  const read = text(value);
  if (read.length > lengthMax) throw noValue;
  return read;
};

const index = (value: unknown, lengthMax: number): number => {
  const at = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN;
  if (!Number.isInteger(at) || at < 0 || at > lengthMax) throw noValue;
  return at;
};

function size(meter: Meter, value: unknown): bigint {
  if (Array.isArray(value)) return BigInt(value.length);
  if (typeof value === "string") {
    meter.spend(1 + value.length);
    let count = 0;
    for (const _ of value) count += 1;
    return BigInt(count);
  }
  if (!isMap(value)) throw noValue;
  const keys = Object.keys(value);
  meter.spend(keys.length);
  return BigInt(keys.length);
}

/** Long needles can be slow to look for: in the worst case each is compared at every place. */
function search(meter: Meter, value: unknown, needle: unknown): number {
  const haystack = text(value);
  const sought = text(needle);
  meter.spend(1 + (haystack.length / 16) * (1 + sought.length / 64));
  return haystack.indexOf(sought);
}

function int(_meter: Meter, value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Math.abs(value) < 2 ** 63) return BigInt(Math.trunc(value));
  if (value instanceof Date) return BigInt(Math.floor(value.getTime() / 1000));
  const digits = shortText(value, 20);
  const read = /^-?\d{1,19}$/.test(digits) ? BigInt(digits) : null;
  if (read === null || BigInt.asIntN(64, read) !== read) throw noValue;
  return read;
}

function double(_meter: Meter, value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  const digits = shortText(value, 32);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits)) throw noValue;
  return Number(digits);
}

function string(_meter: Meter, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value instanceof Date) return value.toISOString();
  throw noValue;
}

function timestamp(_meter: Meter, value: unknown): Date {
  if (value instanceof Date) return value;
  const ms =
    typeof value === "bigint" || typeof value === "number"
      ? Number(value) * 1000
      : /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/.test(shortText(value, 40))
        ? Date.parse(String(value))
        : Number.NaN;
  return dateOf(ms);
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };

/** As Go writes them: `1h30m`, `-1.5s`. */
function duration(_meter: Meter, value: unknown): Duration {
  if (value instanceof Duration) return value;
  const written = shortText(value, 32);
  if (!/^[+-]?(\d+(\.\d+)?(ms|us|ns|h|m|s))+$/.test(written)) throw noValue;
  let ms = 0;
  for (const [, amount, unit] of written.matchAll(/(\d+(?:\.\d+)?)(ms|us|ns|h|m|s)/g)) {
    ms += Number(amount) * (unitMs[unit ?? ""] ?? 0);
  }
  return new Duration(written.startsWith("-") ? -ms : ms);
}

const dayMs = 86_400_000;

const ofDate =
  (read: (date: Date) => number): Call =>
  (_meter, value) => {
    if (!(value instanceof Date)) throw noValue;
    return BigInt(read(value));
  };

/** Of a timestamp the part of the clock, of a duration the whole in that unit. */
const ofTime =
  (read: (date: Date) => number, unit: number): Call =>
  (meter, value, second, third) =>
    value instanceof Duration ? BigInt(Math.trunc(value.ms / unit)) : ofDate(read)(meter, value, second, third);

/** `name(…)`, by name and number of arguments. */
export const functions: Readonly<Record<string, Call>> = {
  "size/1": size,
  "int/1": int,
  "double/1": double,
  "string/1": string,
  "timestamp/1": timestamp,
  "duration/1": duration,
  "dyn/1": (_meter, value) => value,
  "bool/1": (_meter, value) => {
    if (typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    throw noValue;
  },
};

/** `receiver.name(…)`, by name and number of arguments beside the receiver. */
export const methods: Readonly<Record<string, Call>> = {
  "size/0": size,
  "contains/1": (meter, value, needle) => search(meter, value, needle) !== -1,
  "indexOf/1": (meter, value, needle) => BigInt(search(meter, value, needle)),
  "startsWith/1": (meter, value, start) => {
    meter.spend(1 + text(start).length / 64);
    return text(value).startsWith(text(start));
  },
  "endsWith/1": (meter, value, end) => {
    meter.spend(1 + text(end).length / 64);
    return text(value).endsWith(text(end));
  },
  "lowerAscii/0": (meter, value) => {
    meter.spend(text(value).length);
    return text(value).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  },
  "upperAscii/0": (meter, value) => {
    meter.spend(text(value).length);
    return text(value).replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  },
  "trim/0": (meter, value) => {
    meter.spend(1 + text(value).length / 16);
    return text(value).trim();
  },
  "substring/1": (_meter, value, start) => text(value).substring(index(start, text(value).length)),
  "substring/2": (_meter, value, start, end) => {
    const last = index(end, text(value).length);
    return text(value).substring(index(start, last), last);
  },
  "split/1": (meter, value, separator) => {
    meter.spend(1 + text(value).length * (1 + text(separator).length / 64));
    return text(value).split(text(separator));
  },
  "getFullYear/0": ofDate((date) => date.getUTCFullYear()),
  "getMonth/0": ofDate((date) => date.getUTCMonth()),
  "getDate/0": ofDate((date) => date.getUTCDate()),
  "getDayOfMonth/0": ofDate((date) => date.getUTCDate() - 1),
  "getDayOfWeek/0": ofDate((date) => date.getUTCDay()),
  "getDayOfYear/0": ofDate((date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / dayMs)),
  "getHours/0": ofTime((date) => date.getUTCHours(), 3_600_000),
  "getMinutes/0": ofTime((date) => date.getUTCMinutes(), 60_000),
  "getSeconds/0": ofTime((date) => date.getUTCSeconds(), 1000),
  "getMilliseconds/0": ofTime((date) => date.getUTCMilliseconds(), 1),
};
