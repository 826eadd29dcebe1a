import { isUtf8 } from "node:buffer";
import { skipSpace, skipValue } from "../../core/json-members.ts";
import { limits } from "../../core/limits.ts";

/** Whether the bytes are one JSON value that events can have as their data: no bit of it is changed, or even built. */
export function isJson(body: Uint8Array): boolean {
  if (!isUtf8(body)) return false;
  try {
    return skipSpace(body, skipValue(body, skipSpace(body, 0), limits.dataDepth)) === body.length;
  } catch {
    return false;
  }
}

const openBrace = 0x7b;
const openBracket = 0x5b;

/** An object or an array: what no form begins with, and many clients send as one for want of a content type. */
export function isJsonStructure(body: Uint8Array): boolean {
  const first = body[skipSpace(body, 0)];
  return (first === openBrace || first === openBracket) && isJson(body);
}

export const jsonOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
