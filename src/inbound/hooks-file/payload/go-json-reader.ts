/** JSON as Go's decoder takes it: the first value of the text, numbers as they are written, the last of equal keys. */
import { type GoMap, type GoValue, JsonNumber } from "../go-value.ts";

const depthMax = 10_000;

export class JsonProblem extends Error {
  override readonly name = "JsonProblem";
}

/** The first value; what stands behind it is not looked at. Throws `JsonProblem`. */
export function readGoJson(text: string): GoValue {
  const reader = new Reader(text);
  return reader.value();
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literals = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: they end what may stand in a string.
const plain = /[^"\\\u0000-\u001f]*/y;

/** A list, or an object with the key whose value comes next. */
type Open = { readonly key: null; readonly list: GoValue[] } | { key: string; readonly map: GoMap };

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Without recursion: what is nested deeply must not cost the stack. */
  value(): GoValue {
    const open: Open[] = [];
    for (;;) {
      let value = this.#opened(open);
      if (value === undefined) continue;
      for (;;) {
        const holder = open.at(-1);
        if (holder === undefined) return value;
        if (holder.key === null) holder.list.push(value);
        else holder.map.set(holder.key, value);
        if (this.#has(",")) break;
        if (!this.#has(holder.key === null ? "]" : "}")) throw this.#problem("`,` or an end");
        open.pop();
        value = holder.key === null ? holder.list : holder.map;
      }
      const holder = open.at(-1);
      if (holder !== undefined && holder.key !== null) holder.key = this.#key();
    }
  }

  /** A value that is whole; undefined where a list or an object has begun, whose first member comes next. */
  #opened(open: Open[]): GoValue | undefined {
    this.#space();
    const isMap = this.#text[this.#at] === "{";
    if (!isMap && this.#text[this.#at] !== "[") return this.#scalar();
    if (open.length >= depthMax) throw new JsonProblem("exceeded max depth");
    this.#at += 1;
    if (this.#has(isMap ? "}" : "]")) return isMap ? new Map() : [];
    open.push(isMap ? { key: this.#key(), map: new Map() } : { key: null, list: [] });
    return undefined;
  }

  #scalar(): GoValue {
    if (this.#text[this.#at] === '"') return this.#string();
    for (const [literal, value] of literals) {
      if (!this.#text.startsWith(literal, this.#at)) continue;
      this.#at += literal.length;
      return value;
    }
    const digits = this.#take(number);
    if (digits === "") throw this.#problem("a value");
    return new JsonNumber(digits);
  }

  #key(): string {
    this.#space();
    if (this.#text[this.#at] !== '"') throw this.#problem("a key");
    const key = this.#string();
    if (!this.#has(":")) throw this.#problem("`:`");
    return key;
  }

  #string(): string {
    this.#at += 1;
    let text = this.#take(plain).toWellFormed();
    while (this.#text[this.#at] === "\\") {
      text += this.#escape() + this.#take(plain).toWellFormed();
    }
    if (this.#text[this.#at] !== '"') throw this.#problem("the end of the string");
    this.#at += 1;
    return text;
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? "";
    this.#at += 2;
    if (letter !== "u") {
      const character = escapes[letter];
      if (character === undefined) throw this.#problem("an escape");
      return character;
    }
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#problem("four hexadecimal digits");
    this.#at += 4;
    const code = Number.parseInt(digits, 16);
    const isHighHalf = code >= 0xd800 && code <= 0xdbff;
    const low = /^\\u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(this.#text.slice(this.#at, this.#at + 6))?.[1];
    if (isHighHalf && low !== undefined) {
      this.#at += 6;
      return String.fromCharCode(code, Number.parseInt(low, 16));
    }
    return code >= 0xd800 && code <= 0xdfff ? "\ufffd" : String.fromCharCode(code);
  }

  #has(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at += 1;
    }
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += taken.length;
    return taken;
  }

  #problem(expected: string): JsonProblem {
    const isEnd = this.#at >= this.#text.length;
    return new JsonProblem(isEnd ? "unexpected end of JSON input" : `${expected} is expected at character ${this.#at}`);
  }
}
