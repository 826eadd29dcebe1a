/**
 * What the server wrote, byte for byte, beside what JavaScript makes of it: a number of 20 digits is printed, and
 * handed to commands, as it was published.
 */
import { type ByteRange, objectMembers, skipSpace, skipValue, visitItems } from "../core/json-members.ts";

const texts = new WeakMap<object, Uint8Array>();

/** Deeper than any answer: `data` has 64 levels at most. */
const depthMax = 1000;
const openBrace = 0x7b;
const openBracket = 0x5b;

/** In place of `JSON.parse`, which the client library takes: remembers the text of an answer and of its items. */
export function parseRemembering(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) return value;
  const bytes = Buffer.from(text);
  texts.set(value, bytes);
  const items = (value as { data?: unknown }).data;
  if (Array.isArray(items)) rememberItems(items, bytes);
  return value;
}

/** The JSON of a value that the server answered; of another value, what JavaScript makes of it. */
export function jsonOf(value: object): Uint8Array | string {
  return texts.get(value) ?? JSON.stringify(value);
}

/** The JSON of one member of such a value; of another value, what JavaScript makes of it. */
export function memberBytes(value: object, name: string): Uint8Array {
  const bytes = texts.get(value);
  const range = bytes === undefined ? undefined : memberRange(bytes, name);
  if (bytes !== undefined && range !== undefined) return bytes.subarray(range.start, range.end);
  return Buffer.from(JSON.stringify((value as Record<string, unknown>)[name]) ?? "null");
}

/** The JSON of one member of such a value, for people: `shownMax` bytes of it at most. */
export function memberJson(value: object, name: string, shownMax: number): string {
  const bytes = texts.get(value);
  if (bytes === undefined) return JSON.stringify((value as Record<string, unknown>)[name]) ?? "";
  const range = memberRange(bytes, name);
  if (range === undefined) return "";
  return Buffer.from(bytes.subarray(range.start, Math.min(range.end, range.start + shownMax))).toString("utf8");
}

function rememberItems(items: readonly unknown[], bytes: Uint8Array): void {
  for (const [index, range] of itemRanges(bytes).entries()) {
    const item = items[index];
    if (typeof item === "object" && item !== null) texts.set(item, bytes.subarray(range.start, range.end));
  }
}

function itemRanges(bytes: Uint8Array): ByteRange[] {
  const data = memberRange(bytes, "data");
  if (data === undefined || bytes[data.start] !== openBracket) return [];
  const ranges: ByteRange[] = [];
  visitItems(bytes, data.start, (itemStart) => {
    const end = skipValue(bytes, itemStart, depthMax);
    ranges.push({ start: itemStart, end });
    return end;
  });
  return ranges;
}

/** Of members of the same name the last, as `JSON.parse` takes it. */
function memberRange(bytes: Uint8Array, name: string): ByteRange | undefined {
  const start = skipSpace(bytes, 0);
  if (bytes[start] !== openBrace) return undefined;
  const key = JSON.stringify(name);
  const isNamed = (range: ByteRange): boolean =>
    range.end - range.start === key.length &&
    Buffer.from(bytes.subarray(range.start, range.end)).toString("latin1") === key;
  return objectMembers(bytes, start, depthMax).members.findLast((member) => isNamed(member.key))?.value;
}
