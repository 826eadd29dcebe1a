/** What people look for in an event, as they write it: a part of its id, type, subject or data. */
import type { StoredEvent } from "../core/event.ts";

/**
 * Upper and lower case are one. Data are looked at as they are stored, and, where they have escapes, as they are read:
 * both `"name":"Zo\u00eb"` and `Zoë` are found.
 */
export function takesText(text: string): (event: StoredEvent) => boolean {
  const wanted = text.toLowerCase();
  const isIn = (part: string): boolean => part.toLowerCase().includes(wanted);
  return ({ id, type, subject, data }) =>
    isIn(id) || isIn(type) || (subject !== null && isIn(subject)) || isInData(data);

  function isInData(data: Uint8Array): boolean {
    const stored = Buffer.from(data.buffer, data.byteOffset, data.length).toString("utf8");
    return isIn(stored) || (stored.includes("\\") && isIn(withoutEscapes(stored)));
  }
}

const named: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** JSON's escapes; they stand nowhere but in strings. */
const withoutEscapes = (json: string): string =>
  json.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, unit: string | undefined, character: string) =>
    unit === undefined ? (named[character] ?? character) : String.fromCharCode(Number.parseInt(unit, 16)),
  );
