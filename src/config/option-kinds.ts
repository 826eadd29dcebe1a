/** What the values of options look like: how each kind is read, bounded and shown. */
import { didYouMean } from "./nearest-name.ts";

/** Why a value does not fit, as the end of a sentence that begins with the option's name. */
export class ValueRefusal extends Error {
  override readonly name = "ValueRefusal";
  /** What to say behind that sentence. */
  readonly hint: string;

  constructor(reason: string, hint = "") {
    super(reason);
    this.hint = hint;
  }
}

/** `raw` is text from a flag or the environment, or whatever the configuration file holds. */
export interface OptionKind<Value> {
  /** The value, or a `ValueRefusal`. */
  read(raw: unknown): Value;
  /** The value as a person would write it. */
  show(value: Value): string;
  /** What it takes, for help and errors: "an integer from 0 to 65535". */
  readonly takes: string;
  /** What stands for the value in help: `<duration>`. */
  readonly placeholder: string;
}

const durationUnits = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

const byteUnits = [
  ["TiB", 1024 ** 4],
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
  ["B", 1],
] as const;

type Units = readonly (readonly [unit: string, size: number])[];

export function integer(bounds: { readonly min: number; readonly max: number }): OptionKind<number> {
  const takes = `an integer from ${bounds.min} to ${bounds.max}`;
  return {
    takes,
    placeholder: "integer",
    show: String,
    read(raw) {
      const text = scalarText(raw, takes);
      if (!/^-?\d{1,15}$/.test(text)) throw new ValueRefusal(`takes ${takes}, not \`${text}\``);
      return withinBounds(Number(text), { ...bounds, takes, text });
    },
  };
}

/** A number that may have a fraction. */
export function decimal(bounds: { readonly min: number; readonly max: number }): OptionKind<number> {
  const takes = `a number from ${bounds.min} to ${bounds.max}`;
  return {
    takes,
    placeholder: "number",
    show: String,
    read(raw) {
      const text = scalarText(raw, takes);
      if (!/^\d{1,15}(\.\d{1,9})?$/.test(text)) throw new ValueRefusal(`takes ${takes}, not \`${text}\``);
      return withinBounds(Number(text), { ...bounds, takes, text });
    },
  };
}

/** A number with its unit, read to milliseconds. */
export function duration(bounds: { readonly min: string; readonly max: string }): OptionKind<number> {
  const takes = `a duration with its unit (ms, s, m, h, d), from ${bounds.min} to ${bounds.max}`;
  const edges = { min: quantity(bounds.min, durationUnits) ?? 0, max: quantity(bounds.max, durationUnits) ?? 0 };
  return {
    takes,
    placeholder: "duration",
    show: (value) => showQuantity(value, durationUnits),
    read(raw) {
      const text = scalarText(raw, takes);
      const value = quantity(text, durationUnits);
      if (value === null) throw new ValueRefusal(`takes ${takes}, not \`${text}\``);
      return withinBounds(value, { ...edges, takes, text });
    },
  };
}

/** A size with its unit; a bare number is bytes, as the option's name says. */
export function bytes(bounds: { readonly min: string; readonly max: string }): OptionKind<number> {
  const takes = `a size (B, KiB, MiB, GiB, TiB; a bare number is bytes), from ${bounds.min} to ${bounds.max}`;
  const edges = { min: quantity(bounds.min, byteUnits) ?? 0, max: quantity(bounds.max, byteUnits) ?? 0 };
  return {
    takes,
    placeholder: "size",
    show: (value) => showQuantity(value, byteUnits),
    read(raw) {
      const text = scalarText(raw, takes);
      const value = /^\d{1,15}$/.test(text) ? Number(text) : quantity(text, byteUnits);
      if (value === null) throw new ValueRefusal(`takes ${takes}, not \`${text}\``);
      return withinBounds(value, { ...edges, takes, text });
    },
  };
}

export function choice<const Word extends string>(words: readonly Word[]): OptionKind<Word> {
  const takes = `one of ${words.map((word) => `\`${word}\``).join(", ")}`;
  return {
    takes,
    placeholder: words.join("|"),
    show: String,
    read(raw) {
      const text = scalarText(raw, takes);
      const word = words.find((known) => known === text);
      if (word === undefined) throw new ValueRefusal(`takes ${takes}, not \`${text}\``);
      return word;
    },
  };
}

export function text(rule: {
  readonly takes: string;
  readonly placeholder: string;
  readonly fits: (text: string) => boolean;
}): OptionKind<string> {
  return {
    takes: rule.takes,
    placeholder: rule.placeholder,
    show: String,
    read(raw) {
      const value = scalarText(raw, rule.takes);
      // The value is not repeated: it may be a secret.
      if (!rule.fits(value)) throw new ValueRefusal(`takes ${rule.takes}`);
      return value;
    },
  };
}

/** Several values: a list in the file, divided by commas in flags and the environment; the flag may be repeated. */
export function list(item: OptionKind<string>, bounds: { readonly itemsMax: number }): OptionKind<readonly string[]> {
  const takes = `up to ${bounds.itemsMax} values divided by commas, each ${item.takes}`;
  return {
    takes,
    placeholder: `${item.placeholder},…`,
    show: (values) => values.join(","),
    read(raw) {
      const parts = wordsOf(raw, takes);
      if (parts.length > bounds.itemsMax) throw new ValueRefusal(`takes at most ${bounds.itemsMax} values`);
      return parts.map((part) => item.read(part));
    },
  };
}

/** Some of these words, one at least; in the order in which they are known. */
export function several<const Word extends string>(words: readonly Word[]): OptionKind<readonly Word[]> {
  const takes = `one or more of ${words.map((word) => `\`${word}\``).join(", ")}, divided by commas`;
  return {
    takes,
    placeholder: words.join(","),
    show: (chosen) => chosen.join(","),
    read(raw) {
      const given = wordsOf(raw, takes);
      const unknown = given.find((word) => !words.some((known) => known === word));
      if (unknown !== undefined) {
        throw new ValueRefusal(`takes ${takes}, not \`${unknown}\``, didYouMean(unknown, words));
      }
      if (given.length === 0) throw new ValueRefusal(`takes ${takes}`);
      return words.filter((word) => given.includes(word));
    },
  };
}

/** A value that may be absent: `none` (or null in the file) takes one back that a weaker source has set. */
export function optional<Value>(kind: OptionKind<Value>): OptionKind<Value | null> {
  return {
    takes: `${kind.takes}, or \`none\``,
    placeholder: kind.placeholder,
    show: (value) => (value === null ? "none" : kind.show(value)),
    read: (raw) => (raw === null || raw === "none" ? null : kind.read(raw)),
  };
}

/** A list in the file; elsewhere they are divided by commas. */
function wordsOf(raw: unknown, takes: string): string[] {
  return (Array.isArray(raw) ? raw : [raw]).flatMap((part) =>
    scalarText(part, takes)
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== ""),
  );
}

function scalarText(raw: unknown, takes: string): string {
  if (typeof raw === "string") return raw.trim();
  if (typeof raw === "number") return String(raw);
  throw new ValueRefusal(`takes ${takes}`);
}

function withinBounds(
  value: number,
  rule: { readonly min: number; readonly max: number; readonly takes: string; readonly text: string },
): number {
  if (value < rule.min || value > rule.max) throw new ValueRefusal(`takes ${rule.takes}, not \`${rule.text}\``);
  return value;
}

function quantity(text: string, units: Units): number | null {
  const match = /^(\d{1,15})\s?([A-Za-z]{1,3})$/.exec(text);
  const unit = units.find(([name]) => name === match?.[2]);
  if (match === null || unit === undefined) return null;
  const value = Number(match[1]) * unit[1];
  return Number.isSafeInteger(value) ? value : null;
}

function showQuantity(value: number, units: Units): string {
  const fitting = units.find(([, size]) => value !== 0 && value % size === 0) ?? units.at(-1);
  return fitting === undefined ? String(value) : `${value / fitting[1]}${fitting[0]}`;
}
