/** `fmt.Sprint`, `Sprintln` and `Sprintf` of Go, for the values that a template of hooks can have. */
import { bytesOfText } from "../byte-text.ts";
import { goFloatText } from "../go-float.ts";
import type { TemplateValue } from "./template-nodes.ts";

export function goValueText(value: TemplateValue): string {
  if (value === undefined) return "<nil>";
  return typeof value === "number" ? goFloatText(value, 64) : String(value);
}

/** A space between two of which neither is a text. */
export function goPrint(values: readonly TemplateValue[]): string {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const isApart = index > 0 && typeof value !== "string" && typeof before !== "string";
      return (isApart ? " " : "") + goValueText(value);
    })
    .join("");
}

export const goPrintLine = (values: readonly TemplateValue[]): string => `${values.map(goValueText).join(" ")}\n`;

interface Verb {
  readonly flags: string;
  readonly width: number;
  /** Null where none is given. */
  readonly precision: number | null;
  readonly letter: string;
}

export function goPrintf(format: string, values: readonly TemplateValue[]): string {
  let next = 0;
  const pattern = /%([-+# 0]*)(\d*)(?:\.(\d*))?([^\d\s]|$)/gsu;
  const text = format.replace(pattern, (...[, flags, width, precision, letter]: string[]) => {
    if (letter === "%") return "%";
    if (letter === "" || letter === undefined) return "%!(NOVERB)";
    if (next >= values.length) return `%!${letter}(MISSING)`;
    const value = values[next++];
    const bound = Math.min(Number(width || 0), 10_000);
    const verb = {
      flags: flags ?? "",
      width: bound,
      precision: precision === undefined ? null : Number(precision),
      letter,
    };
    return formatted(value, verb);
  });
  const extra = values
    .slice(next)
    .map((value) => (value === undefined ? "<nil>" : `${typeName(value)}=${goValueText(value)}`));
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(", ")})`;
}

const typeName = (value: TemplateValue): string =>
  value === undefined
    ? "<nil>"
    : (({ string: "string", bigint: "int", number: "float64", boolean: "bool" } as Record<string, string>)[
        typeof value
      ] ?? "");

/** A verb that is not the value's is said, with the value as `%v` writes it. */
function formatted(value: TemplateValue, verb: Verb): string {
  const text = fitting(value, verb);
  const isNumber = typeof value === "bigint" || typeof value === "number";
  if (text !== null) return padded(text, verb, isNumber);
  if (value === undefined) return `%!${verb.letter}(<nil>)`;
  const plain = fitting(value, { ...verb, letter: "v" }) ?? "";
  return `%!${verb.letter}(${typeName(value)}=${padded(plain, verb, isNumber)})`;
}

/** Null where the verb is none of the value's. */
function fitting(value: TemplateValue, verb: Verb): string | null {
  if (typeof value === "string") return formattedText(value, verb);
  if (typeof value === "bigint") return formattedInteger(value, verb);
  if (typeof value === "number") return formattedFloat(value, verb);
  if (value === undefined) return verb.letter === "v" ? "<nil>" : null;
  return verb.letter === "t" || verb.letter === "v" ? String(value) : null;
}

function formattedText(value: string, { letter, precision }: Verb): string | null {
  const cut = precision === null ? value : [...value].slice(0, precision).join("");
  if (letter === "s" || letter === "v") return cut;
  if (letter === "q") return goQuoted(cut);
  if (letter !== "x" && letter !== "X") return null;
  const hex = Buffer.from(bytesOfText(precision === null ? value : value.slice(0, precision))).toString("hex");
  return letter === "X" ? hex.toUpperCase() : hex;
}

function formattedInteger(value: bigint, { letter, flags }: Verb): string | null {
  const sign = value < 0n ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const size = value < 0n ? -value : value;
  const alternate = flags.includes("#");
  if (letter === "d" || letter === "v") return sign + size;
  if (letter === "b") return `${sign}${alternate ? "0b" : ""}${size.toString(2)}`;
  if (letter === "o") return `${sign}${alternate ? "0" : ""}${size.toString(8)}`;
  if (letter === "O") return `${sign}0o${size.toString(8)}`;
  if (letter === "x") return `${sign}${alternate ? "0x" : ""}${size.toString(16)}`;
  if (letter === "X") return `${sign}${alternate ? "0X" : ""}${size.toString(16).toUpperCase()}`;
  if (letter !== "c" && letter !== "q" && letter !== "U") return null;
  if (letter === "U") return `U+${size.toString(16).toUpperCase().padStart(4, "0")}`;
  const character = value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : "\ufffd";
  return letter === "c" ? character : goQuoted(character, "'");
}

function formattedFloat(value: number, { letter, precision, flags }: Verb): string | null {
  const sign = value >= 0 && flags.includes("+") ? "+" : value >= 0 && flags.includes(" ") ? " " : "";
  if (letter === "v" || ((letter === "g" || letter === "G") && precision === null))
    return sign + goFloatText(value, 64);
  if (letter === "f" || letter === "F") return sign + value.toFixed(Math.min(precision ?? 6, 100));
  if (letter !== "e" && letter !== "E") return null;
  const text = value.toExponential(Math.min(precision ?? 6, 100)).replace(/e([+-])(\d)$/, "e$10$2");
  return sign + (letter === "E" ? text.toUpperCase() : text);
}

function padded(text: string, { flags, width }: Verb, isNumber: boolean): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0")) return " ".repeat(missing) + text;
  const sign = isNumber ? (/^[+-]/.exec(text)?.[0] ?? "") : "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

const escapes: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

function goQuoted(text: string, quote: "'" | '"' = '"'): string {
  const inner = text.replace(/["'\\]|\p{C}|\p{Zl}|\p{Zp}|(?! )\p{Zs}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === "'") return character === quote ? `\\${character}` : character;
    if (escapes[character] !== undefined) return escapes[character];
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return quote + inner + quote;
}
