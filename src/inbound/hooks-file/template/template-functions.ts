/** The functions of templates: Go's own, and `getenv`. */
import { bytesOfText, textOfBytes } from "../byte-text.ts";
import { goPrint, goPrintf, goPrintLine } from "./go-print.ts";
import type { TemplateValue } from "./template-nodes.ts";

export type Called =
  | { readonly ok: true; readonly value: TemplateValue }
  | { readonly ok: false; readonly message: string };

type Environment = Readonly<Record<string, string | undefined>>;
type TemplateFunction = (values: readonly TemplateValue[], environment: Environment) => TemplateValue;

class CallProblem extends Error {}

const functions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  [
    "getenv",
    ([name], environment) => (Object.hasOwn(environment, textOf(name)) ? environment[textOf(name)] : "") ?? "",
  ],
  ["print", goPrint],
  ["println", goPrintLine],
  ["printf", ([format, ...values]) => goPrintf(textOf(format), values)],
  ["html", (values) => htmlEscaped(evaluated(values))],
  ["js", (values) => jsEscaped(evaluated(values))],
  ["urlquery", (values) => queryEscaped(evaluated(values))],
  ["len", ([value]) => BigInt(bytesOfText(textOf(value, "len of")).length)],
  ["index", ([value, ...at]) => indexed(value, at)],
  ["slice", ([value, ...at]) => sliced(value, at)],
  ["not", ([value]) => !isTrue(value)],
  ["eq", ([first, ...others]) => isEqual(first, others)],
  ["ne", ([a, b]) => !isEqual(a, [b])],
  ["lt", ([a, b]) => isLess(a, b)],
  ["le", ([a, b]) => isLess(a, b) || isEqual(a, [b])],
  ["gt", ([a, b]) => !(isLess(a, b) || isEqual(a, [b]))],
  ["ge", ([a, b]) => !isLess(a, b)],
  [
    "call",
    () => {
      throw new CallProblem("non-function");
    },
  ],
]);

/** How many values they take, where that is fixed. */
const counts: Readonly<Record<string, readonly [least: number, most: number]>> = {
  getenv: [1, 1],
  printf: [1, Number.POSITIVE_INFINITY],
  len: [1, 1],
  index: [1, Number.POSITIVE_INFINITY],
  slice: [1, 4],
  not: [1, 1],
  eq: [1, Number.POSITIVE_INFINITY],
  ne: [2, 2],
  lt: [2, 2],
  le: [2, 2],
  gt: [2, 2],
  ge: [2, 2],
};

export const functionNames: ReadonlySet<string> = new Set([...functions.keys(), "and", "or"]);

export function callFunction(...[name, values, environment]: [string, readonly TemplateValue[], Environment]): Called {
  const called = functions.get(name);
  const [least, most] = counts[name] ?? [0, Number.POSITIVE_INFINITY];
  if (called === undefined) return { ok: false, message: "no such function" };
  if (values.length < least || values.length > most) return { ok: false, message: "wrong number of args" };
  try {
    return { ok: true, value: called(values, environment) };
  } catch (error) {
    if (error instanceof CallProblem) return { ok: false, message: error.message };
    throw error;
  }
}

export function isTrue(value: TemplateValue): boolean {
  return value !== undefined && value !== "" && value !== 0n && value !== 0 && value !== false;
}

function textOf(value: TemplateValue, what = "expected string, found"): string {
  if (typeof value === "string") return value;
  throw new CallProblem(`${what} ${value === undefined ? "nil" : typeof value}`);
}

const evaluated = (values: readonly TemplateValue[]): string =>
  goPrint(values.map((value) => (value === undefined ? "<no value>" : value)));

const htmlEscapes: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

const htmlEscaped = (text: string): string => text.replace(/[\0"'&<>]/g, (found) => htmlEscapes[found] ?? found);

function jsEscaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are escaped there.
  return text.replace(/[\\'"]|[<>&=\0-\x1f]|(?=[^\0-\x7f])(?:[\p{C}\p{Z}])/gu, (found) => {
    if (found === "\\" || found === "'" || found === '"') return `\\${found}`;
    const code = found.codePointAt(0) ?? 0;
    return `\\u${(code >= 0xd800 && code <= 0xdfff ? 0xfffd : code).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

function queryEscaped(text: string): string {
  const characters = Buffer.from(bytesOfText(text)).toString("latin1");
  return characters.replace(/[^A-Za-z0-9\-_.~]/g, (found) =>
    found === " " ? "+" : `%${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function placeIn(value: TemplateValue, length: number): number {
  if (typeof value !== "bigint") throw new CallProblem("cannot index with it");
  if (value < 0n || value > BigInt(length)) throw new CallProblem(`index out of range: ${value}`);
  return Number(value);
}

function indexed(value: TemplateValue, at: readonly TemplateValue[]): TemplateValue {
  if (value === undefined) throw new CallProblem("index of untyped nil");
  if (at.length === 0) return value;
  if (at.length > 1) throw new CallProblem("can't index item of type uint8");
  const bytes = bytesOfText(textOf(value, "can't index item of type"));
  const byte = bytes[placeIn(at[0], bytes.length)];
  if (byte === undefined) throw new CallProblem("index out of range");
  return BigInt(byte);
}

function sliced(value: TemplateValue, at: readonly TemplateValue[]): TemplateValue {
  const bytes = bytesOfText(textOf(value, "can't slice item of type"));
  if (at.length > 2) throw new CallProblem("cannot 3-index slice a string");
  const start = at.length > 0 ? placeIn(at[0], bytes.length) : 0;
  const end = at.length > 1 ? placeIn(at[1], bytes.length) : bytes.length;
  if (start > end) throw new CallProblem(`invalid slice index: ${start} > ${end}`);
  return textOfBytes(bytes.subarray(start, end));
}

function isEqual(first: TemplateValue, others: readonly TemplateValue[]): boolean {
  if (others.length === 0) throw new CallProblem("missing argument for comparison");
  for (const other of others) {
    if (first !== undefined && other !== undefined && typeof first !== typeof other) {
      throw new CallProblem("incompatible types for comparison");
    }
    if (first === other) return true;
  }
  return false;
}

function isLess(a: TemplateValue, b: TemplateValue): boolean {
  if (typeof a === "boolean" || a === undefined || b === undefined)
    throw new CallProblem("invalid type for comparison");
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(bytesOfText(a), bytesOfText(b)) < 0;
  if (typeof a !== typeof b) throw new CallProblem("incompatible types for comparison");
  return a < b;
}
