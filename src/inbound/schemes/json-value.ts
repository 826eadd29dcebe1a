/** Reads values out of a JSON body without building it, so that an id of 20 digits stays the id that it is. */
import { isUtf8 } from "node:buffer";
import { skipSpace, skipValue, visitItems, visitMembers } from "../../core/json-members.ts";

const depthMax = 512;
const openBrace = 0x7b;
const openBracket = 0x5b;
const quote = 0x22;
const backslash = 0x5c;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The texts of some members of an object. Null is what is no text; one that is `null` is as one that is missing. */
export type MemberTexts = ReadonlyMap<string, string | null>;

interface Read<Value> {
  readonly value: Value;
  readonly end: number;
}

export class JsonBody {
  readonly #bytes: Uint8Array;
  /** Where members begin that were looked for, by their names and where their object does. */
  readonly #found = new Map<string, number | undefined>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * The string, number or boolean at a path, as text; null where there is none. Of a name that stands twice the last
   * counts, as with `JSON.parse`. What stands behind the value is not looked at.
   */
  value(path: readonly string[]): string | null {
    try {
      let at = skipSpace(this.#bytes, 0);
      for (const name of path) {
        const next = this.#bytes[at] === openBrace ? this.#member(at, name) : this.#item(at, name);
        if (next === undefined) return null;
        at = next;
      }
      return this.#scalar(at);
    } catch {
      return null;
    }
  }

  /** The texts under these names of the object that the body is, read once; null where it is no such JSON. */
  texts(names: readonly string[]): MemberTexts | null {
    return this.#whole((start) => this.#texts(start, names));
  }

  /** The same of each object in the array that a member is; null too where it has more than so many items. */
  textsOfItems(member: string, names: readonly string[], countMax: number): readonly MemberTexts[] | null {
    const wanted = Buffer.from(member);
    return this.#whole((start) => {
      let value: MemberTexts[] = [];
      const end = visitMembers(this.#bytes, start, (keyStart, keyEnd, valueStart) => {
        if (!this.#isKey(keyStart, keyEnd, wanted)) return skipValue(this.#bytes, valueStart, depthMax);
        value = [];
        return visitItems(this.#bytes, valueStart, (itemStart) => {
          if (value.length >= countMax) throw new RangeError("too many items");
          const item = this.#texts(itemStart, names);
          value.push(item.value);
          return item.end;
        });
      });
      return { value, end };
    });
  }

  /** The names of the object that the body is, in order; none where it is no object. */
  names(): string[] {
    try {
      const names = new Set<string>();
      visitMembers(this.#bytes, skipSpace(this.#bytes, 0), (keyStart, keyEnd, valueStart) => {
        names.add(this.#text(keyStart, keyEnd));
        return skipValue(this.#bytes, valueStart, depthMax);
      });
      return [...names];
    } catch {
      return [];
    }
  }

  /** What is read of a body that is one JSON value, and nothing beside it. */
  #whole<Value>(read: (start: number) => Read<Value>): Value | null {
    try {
      const { value, end } = read(skipSpace(this.#bytes, 0));
      return isUtf8(this.#bytes) && skipSpace(this.#bytes, end) === this.#bytes.length ? value : null;
    } catch {
      return null;
    }
  }

  #texts(start: number, names: readonly string[]): Read<MemberTexts> {
    const wanted = names.map((name) => ({ name, bytes: Buffer.from(name) }));
    const value = new Map<string, string | null>();
    const end = visitMembers(this.#bytes, start, (keyStart, keyEnd, valueStart) => {
      const valueEnd = skipValue(this.#bytes, valueStart, depthMax);
      const name = wanted.find(({ bytes }) => this.#isKey(keyStart, keyEnd, bytes))?.name;
      if (name === undefined) return valueEnd;
      const text = this.#text(valueStart, valueEnd);
      if (text === "null" && this.#bytes[valueStart] !== quote) value.delete(name);
      else value.set(name, this.#bytes[valueStart] === quote ? text : null);
      return valueEnd;
    });
    return { value, end };
  }

  /** The other members are passed over and not kept: a sender who is not known yet may have sent millions. */
  #member(at: number, name: string): number | undefined {
    const known = `${at} ${name}`;
    if (this.#found.has(known)) return this.#found.get(known);
    const wanted = Buffer.from(name);
    let found: number | undefined;
    visitMembers(this.#bytes, at, (keyStart, keyEnd, valueStart) => {
      if (this.#isKey(keyStart, keyEnd, wanted)) found = valueStart;
      return skipValue(this.#bytes, valueStart, depthMax);
    });
    this.#found.set(known, found);
    return found;
  }

  #isKey(start: number, end: number, wanted: Buffer): boolean {
    for (let i = start + 1; i < end - 1; i++) {
      const byte = this.#bytes[i];
      if (byte === backslash) return this.#text(start, end) === wanted.toString();
      if (byte !== wanted[i - start - 1]) return false;
    }
    return end - start - 2 === wanted.length;
  }

  #item(at: number, name: string): number | undefined {
    if (this.#bytes[at] !== openBracket || !/^(?:0|[1-9]\d{0,6})$/.test(name)) return undefined;
    const wanted = Number(name);
    let index = 0;
    let found: number | undefined;
    visitItems(this.#bytes, at, (start) => {
      if (index === wanted) found = start;
      index += 1;
      return skipValue(this.#bytes, start, depthMax);
    });
    return found;
  }

  #scalar(at: number): string | null {
    const first = this.#bytes[at];
    if (first === openBrace || first === openBracket) return null;
    const text = this.#text(at, skipValue(this.#bytes, at, depthMax));
    return text === "null" && first !== quote ? null : text;
  }

  /** A string without its quotes and escapes, anything else as it is written. */
  #text(start: number, end: number): string {
    const text = decoder.decode(this.#bytes.subarray(start, end));
    if (!text.startsWith('"')) return text;
    return text.includes("\\") ? JSON.parse(text) : text.slice(1, -1);
  }
}

/** One value of a text of JSON. */
export const jsonValue = (bytes: Uint8Array, path: readonly string[]): string | null => new JsonBody(bytes).value(path);
