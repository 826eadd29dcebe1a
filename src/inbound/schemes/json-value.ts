/** Reads values out of a JSON body without building it, so that an id of 20 digits stays the id that it is. */
import { objectMembers, skipSpace, skipValue, visitItems } from "../../core/json-members.ts";

const depthMax = 512;
const openBrace = 0x7b;
const openBracket = 0x5b;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class JsonBody {
  readonly #bytes: Uint8Array;
  /** Where the members of an object begin, by where the object does: most places are in the same. */
  readonly #objects = new Map<number, ReadonlyMap<string, number>>();

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
        const next = this.#bytes[at] === openBrace ? this.#members(at).get(name) : this.#item(at, name);
        if (next === undefined) return null;
        at = next;
      }
      return this.#scalar(at);
    } catch {
      return null;
    }
  }

  /** The names of the object that the body is, in order; none where it is no object. */
  names(): string[] {
    try {
      return [...this.#members(skipSpace(this.#bytes, 0)).keys()];
    } catch {
      return [];
    }
  }

  #members(at: number): ReadonlyMap<string, number> {
    let starts = this.#objects.get(at);
    if (starts === undefined) {
      const { members } = objectMembers(this.#bytes, at, depthMax);
      starts = new Map(members.map(({ key, value }) => [this.#text(key.start, key.end), value.start]));
      this.#objects.set(at, starts);
    }
    return starts;
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
    return text === "null" && first !== 0x22 ? null : text;
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
