/**
 * Flags as Go's `flag` package (https://pkg.go.dev/flag) reads them: one dash or two, the value behind `=` or a
 * space.
 */

export type GoFlagKind = "text" | "number" | "switch" | "list";

export interface GoFlag {
  readonly name: string;
  readonly kind: GoFlagKind;
  /** What stands behind the name in the usage, such as `string`; empty for a switch. */
  readonly placeholder: string;
  /** Empty where nothing is shown. */
  readonly default: string;
  readonly sentence: string;
  /** Why a value is refused; null where it is not. */
  readonly refusal?: (value: string) => string | null;
}

export interface GoFlagValues {
  /** As it was given last, or the default. */
  text(name: string): string;
  number(name: string): number;
  isOn(name: string): boolean;
  /** Every one that was given, in order. */
  list(name: string): readonly string[];
  isGiven(name: string): boolean;
  /** What stands behind the first word that is no flag, with it; Go's programs may pass over it. */
  readonly rest: readonly string[];
}

/** The words are as Go says them: scripts may look for them. */
export class GoFlagError extends Error {
  override readonly name = "GoFlagError";
}

/** Somebody asked for help. */
export class GoFlagHelp extends Error {
  override readonly name = "GoFlagHelp";
}

const truths = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((word) => [word, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((word) => [word, false] as const),
]);

export function parseGoFlags(flags: readonly GoFlag[], args: readonly string[]): GoFlagValues {
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const given = new Map<string, string[]>();
  let at = 0;
  for (; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word.length < 2 || !word.startsWith("-")) break;
    if (word === "--") {
      at += 1;
      break;
    }
    const { name, value } = nameAndValue(word);
    const flag = byName.get(name);
    if (flag === undefined) throw unknown(name);
    let text = value;
    if (text === null && flag.kind === "switch") text = "true";
    if (text === null) {
      at += 1;
      text = args[at] ?? null;
    }
    if (text === null) throw new GoFlagError(`flag needs an argument: -${name}`);
    checkValue(flag, text);
    given.set(name, [...(given.get(name) ?? []), text]);
  }
  return valuesOf(byName, given, args.slice(at));
}

function nameAndValue(word: string): { name: string; value: string | null } {
  const name = word.startsWith("--") ? word.slice(2) : word.slice(1);
  if (name === "" || name.startsWith("-") || name.startsWith("=")) throw new GoFlagError(`bad flag syntax: ${word}`);
  const equals = name.indexOf("=");
  return equals === -1 ? { name, value: null } : { name: name.slice(0, equals), value: name.slice(equals + 1) };
}

function unknown(name: string): Error {
  if (name === "help" || name === "h") return new GoFlagHelp();
  return new GoFlagError(`flag provided but not defined: -${name}`);
}

function checkValue(flag: GoFlag, text: string): void {
  const shown = JSON.stringify(text);
  if (flag.kind === "switch" && !truths.has(text)) {
    throw new GoFlagError(`invalid boolean value ${shown} for -${flag.name}: parse error`);
  }
  const refusal = flag.kind === "number" && goInteger(text) === null ? "parse error" : (flag.refusal?.(text) ?? null);
  if (refusal !== null) throw new GoFlagError(`invalid value ${shown} for flag -${flag.name}: ${refusal}`);
}

function valuesOf(
  flags: ReadonlyMap<string, GoFlag>,
  given: ReadonlyMap<string, readonly string[]>,
  rest: readonly string[],
): GoFlagValues {
  const text = (name: string): string => given.get(name)?.at(-1) ?? flags.get(name)?.default ?? "";
  return {
    text,
    number: (name) => goInteger(text(name)) ?? 0,
    isOn: (name) => truths.get(text(name)) ?? false,
    list: (name) => given.get(name) ?? [],
    isGiven: (name) => given.has(name),
    rest,
  };
}

const integerForms: readonly (readonly [RegExp, number])[] = [
  [/^0[xX]_?([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)$/, 16],
  [/^0[bB]_?([01]+(?:_[01]+)*)$/, 2],
  [/^0[oO]?_?([0-7]+(?:_[0-7]+)*)$/, 8],
  [/^([0-9]+(?:_[0-9]+)*)$/, 10],
];

/** As `strconv.ParseInt(text, 0, 64)` reads it; null where it does not, or where it is beyond what is exact here. */
export function goInteger(text: string): number | null {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[+-]/, "");
  for (const [form, base] of integerForms) {
    const match = form.exec(digits)?.[1];
    if (match === undefined) continue;
    if (base === 10 && digits.length > 1 && digits.startsWith("0")) return null;
    const value = sign * Number.parseInt(match.replaceAll("_", ""), base);
    return Number.isSafeInteger(value) ? value : null;
  }
  return null;
}

/** As Go prints it for `-help`, sorted by name. */
export function goUsage(program: string, flags: readonly GoFlag[]): string {
  const sorted = [...flags].sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = sorted.map((flag) => {
    const head = flag.placeholder === "" ? `  -${flag.name}` : `  -${flag.name} ${flag.placeholder}`;
    const shown = flag.kind === "text" ? JSON.stringify(flag.default) : flag.default;
    const hasDefault = flag.default !== "" && flag.default !== "0" && flag.default !== "false";
    return `${head}\n    \t${flag.sentence}${hasDefault ? ` (default ${shown})` : ""}\n`;
  });
  return `Usage of ${program}:\n${lines.join("")}`;
}
