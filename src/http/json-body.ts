/** Reads the JSON bodies of settings: stricter than `JSON.parse`, with errors that say where. */
import { isUtf8 } from "node:buffer";
import { TrotlineError } from "../core/errors.ts";
import { JsonSyntaxError, objectMembers, skipSpace } from "../core/json-members.ts";
import { httpLimits } from "./http-limits.ts";

const openBrace = 0x7b;

/**
 * The object in `body`, or undefined where the body is empty. Refuses with `invalid-utf8`, `invalid-json`,
 * `invalid-body` (not an object) and `duplicate-field`.
 */
export function readJsonObject(body: Uint8Array): Record<string, unknown> | undefined {
  if (!isUtf8(body)) throw new TrotlineError("invalid-utf8", "The body has bytes that are not UTF-8.");
  const start = skipSpace(body, 0);
  if (start === body.length) return undefined;
  try {
    if (body[start] !== openBrace) {
      JSON.parse(textOf(body, 0, body.length));
      throw new TrotlineError("invalid-body", "The body is a JSON object.", { field: "" });
    }
    const { object, end } = readObject(body, start, "");
    const rest = skipSpace(body, end);
    if (rest !== body.length) throw new JsonSyntaxError(rest);
    return object;
  } catch (error) {
    throw invalidJson(error);
  }
}

/**
 * The object that begins at `start`, a member at a time. Not by one `JSON.parse`: that of Node 24.21 gives a key with
 * an escape (`"\u0041"`) the name of another key that it met at the same place in an object before.
 */
function readObject(
  body: Uint8Array,
  start: number,
  pointer: string,
): { object: Record<string, unknown>; end: number } {
  const { members, end } = objectMembers(body, start, httpLimits.settingsBodyDepth);
  const entries = new Map<string, unknown>();
  for (const { key, value } of members) {
    const name = JSON.parse(textOf(body, key.start, key.end)) as string;
    const field = `${pointer}/${escapePointer(name)}`;
    if (entries.has(name)) throw new TrotlineError("duplicate-field", `The body has \`${name}\` twice.`, { field });
    const isObject = body[value.start] === openBrace;
    const read = isObject
      ? readObject(body, value.start, field).object
      : (JSON.parse(textOf(body, value.start, value.end)) as unknown);
    entries.set(name, read);
  }
  return { object: Object.fromEntries(entries), end };
}

function invalidJson(error: unknown): unknown {
  if (error instanceof SyntaxError) return new TrotlineError("invalid-json", "The body is not JSON.");
  if (!(error instanceof JsonSyntaxError)) return error;
  const detail =
    error.reason === "depth"
      ? `The body is nested deeper than ${httpLimits.settingsBodyDepth} levels.`
      : `The body stops being JSON at byte ${error.offset}.`;
  return new TrotlineError("invalid-json", detail);
}

/** One step of a JSON pointer (RFC 6901). */
export const escapePointer = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");

const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.prototype.utf8Slice.call(bytes, start, end);
