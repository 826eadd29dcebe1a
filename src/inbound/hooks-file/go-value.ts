/** Values of a request as rules see them: what Go's `map[string]interface{}` holds, and how Go writes it down. */
/** A number keeps the characters that it was written with. */
export class JsonNumber {
  readonly literal: string;

  constructor(literal: string) {
    this.literal = literal;
  }
}

export type GoValue = null | boolean | string | JsonNumber | GoValue[] | GoMap;
export type GoMap = Map<string, GoValue>;

/** A map that is none, such as the payload of a request without a body: it has nothing in it, and is written `null`. */
export class NilMap extends Map<string, GoValue> {}

/** As `%v` writes scalars, and `encoding/json` what is made of parts. */
export function goText(value: GoValue): string {
  if (value === null) return "<nil>";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  if (value instanceof JsonNumber) return value.literal;
  return goJson(value);
}

/** As `encoding/json` of Go 1.19 writes it: sorted keys, `<`, `>` and `&` escaped. Without recursion. */
export function goJson(value: GoValue): string {
  const written: string[] = [];
  /** What is still to be written, the next last: values, and text between them. */
  const waiting: (GoValue | Raw)[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next instanceof Raw) written.push(next.text);
    else if (next === null || next instanceof NilMap) written.push("null");
    else if (typeof next === "string") written.push(goJsonString(next));
    else if (typeof next === "boolean") written.push(next ? "true" : "false");
    else if (next instanceof JsonNumber) written.push(next.literal);
    else if (Array.isArray(next)) pushMembers(next, waiting);
    else pushEntries(next, waiting);
  }
  return written.join("");
}

/** Text that stands in JSON as it is. */
class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function pushMembers(list: readonly GoValue[], waiting: (GoValue | Raw)[]): void {
  waiting.push(new Raw(list.length === 0 ? "[]" : "]"));
  for (let index = list.length - 1; index >= 0; index--) {
    waiting.push(list[index] ?? null, new Raw(index === 0 ? "[" : ","));
  }
}

function pushEntries(map: GoMap, waiting: (GoValue | Raw)[]): void {
  const keys = [...map.keys()].sort(byBytes);
  waiting.push(new Raw(keys.length === 0 ? "{}" : "}"));
  for (let index = keys.length - 1; index >= 0; index--) {
    const key = keys[index] ?? "";
    waiting.push(map.get(key) ?? null, new Raw(`${index === 0 ? "{" : ","}${goJsonString(key)}:`));
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped.
const unsafe = /[\u0000-\u001f"\\<>&\u2028\u2029\p{Surrogate}]/gu;
const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };

function goJsonString(text: string): string {
  const escapeOf = (character: string): string => {
    const code = character.charCodeAt(0);
    if (code >= 0xd800 && code <= 0xdfff) return "\\ufffd";
    return short[character] ?? `\\u${code.toString(16).padStart(4, "0")}`;
  };
  return `"${text.replace(unsafe, escapeOf)}"`;
}

/** Go sorts by bytes of UTF-8, JavaScript by units of UTF-16. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
}
