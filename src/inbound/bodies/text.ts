import { isUtf8 } from "node:buffer";
import { jsonOf } from "./json.ts";

/** The text of the bytes; null where they are none in that character set. */
export function textOf(body: Uint8Array, charset: string | null): string | null {
  const label = charset ?? "utf-8";
  if (/^utf-?8$/i.test(label)) return isUtf8(body) ? Buffer.from(body).toString("utf8") : null;
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
}

/** A JSON string of what is text, else `{"base64": …}`: also of what is mostly control characters, six for each. */
export function textOrBinary(body: Uint8Array, charset: string | null): Buffer {
  const text = textOf(body, charset);
  const json = text === null ? null : jsonOf(text);
  return json === null || json.length > 2 * body.length + quotesBytes ? binary(body) : json;
}

const quotesBytes = 16;

/** How long `binary` of it is. */
export const binaryBytes = ({ length }: Uint8Array): number => 4 * Math.ceil(length / 3) + '{"base64":""}'.length;

export const binary = (body: Uint8Array): Buffer => jsonOf({ base64: Buffer.from(body).toString("base64") });
