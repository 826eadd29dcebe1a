/**
 * What a received body is as an event's data, which are always one JSON value. JSON is kept byte for byte; whatever
 * else it is, and whatever is wrong with it, becomes JSON that holds it. Part of: receive → verify → [store] → handle.
 */
import type { ReceivedRequest } from "../../core/received-request.ts";
import { formData, queryData } from "./form.ts";
import { isJson, isJsonStructure } from "./json.ts";
import { type MediaType, mediaTypeOf } from "./media-type.ts";
import { binary, textOf, textOrBinary } from "./text.ts";

/** `body` is what it stands for where it was compressed; null where nobody can tell. */
export function dataOf(
  { target, headers }: Pick<ReceivedRequest, "target" | "headers">,
  { body, received }: { readonly body: Uint8Array | null; readonly received: Uint8Array },
): Uint8Array | Promise<Uint8Array> {
  if (received.length === 0) return queryData(target);
  if (body === null) return binary(received);
  const mediaType = mediaTypeOf(headers);
  if (mediaType.name === "multipart/form-data") return multipart(body, mediaType);
  if (isXml(mediaType)) return xml(body, mediaType);
  return (isForm(mediaType) ? form(body, mediaType) : null) ?? anything(body, mediaType);
}

/** Whatever its media type says, or does not. */
const anything = (body: Uint8Array, { charset }: MediaType): Uint8Array =>
  isJson(body) ? body : textOrBinary(body, charset);

const isForm = ({ name }: MediaType): boolean => name === "application/x-www-form-urlencoded";
const isXml = ({ name }: MediaType): boolean =>
  name === "application/xml" || name === "text/xml" || name.endsWith("+xml");

/** Null where it is none. */
function form(body: Uint8Array, { charset }: MediaType): Uint8Array | null {
  if (isJsonStructure(body)) return body;
  const text = textOf(body, charset);
  return text === null ? null : formData(text);
}

// What reads XML and multipart is loaded by the first that needs it: most servers never do, and start without it.

async function xml(body: Uint8Array, mediaType: MediaType): Promise<Uint8Array> {
  const text = textOf(body, mediaType.charset);
  const { xmlData } = await import("./xml.ts");
  return (text === null ? null : xmlData(text)) ?? anything(body, mediaType);
}

async function multipart(body: Uint8Array, mediaType: MediaType): Promise<Uint8Array> {
  const { multipartData } = await import("./multipart.ts");
  return (await multipartData(body, mediaType)) ?? textOrBinary(body, mediaType.charset);
}
