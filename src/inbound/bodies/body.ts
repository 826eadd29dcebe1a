/**
 * What a received body is as an event's data, which are always one JSON value. JSON is kept byte for byte; whatever
 * else it is, and whatever is wrong with it, becomes JSON that holds it. Part of: receive → verify → [store] → handle.
 */
import type { ReceivedRequest } from "../../core/received-request.ts";
import { formData, queryData } from "./form.ts";
import { isJson, isJsonStructure } from "./json.ts";
import { type MediaType, mediaTypeOf } from "./media-type.ts";
import { multipartData } from "./multipart.ts";
import { binary, textOf, textOrBinary } from "./text.ts";
import { xmlData } from "./xml.ts";

/** `body` is what it stands for where it was compressed; null where nobody can tell. */
export function dataOf(
  { target, headers }: Pick<ReceivedRequest, "target" | "headers">,
  { body, received }: { readonly body: Uint8Array | null; readonly received: Uint8Array },
): Uint8Array | Promise<Uint8Array> {
  if (received.length === 0) return queryData(target);
  if (body === null) return binary(received);
  const mediaType = mediaTypeOf(headers);
  if (mediaType.name === "multipart/form-data") return multipart(body, mediaType);
  return structured(body, mediaType) ?? (isJson(body) ? body : textOrBinary(body, mediaType.charset));
}

/** What the content type alone tells how to read; null where it tells nothing, or something that is not so. */
function structured(body: Uint8Array, { name, charset }: MediaType): Uint8Array | null {
  const isForm = name === "application/x-www-form-urlencoded";
  const isXml = name === "application/xml" || name === "text/xml" || name.endsWith("+xml");
  if (!isForm && !isXml) return null;
  if (isForm && isJsonStructure(body)) return body;
  const text = textOf(body, charset);
  if (text === null) return null;
  return isForm ? formData(text) : xmlData(text);
}

async function multipart(body: Uint8Array, mediaType: MediaType): Promise<Uint8Array> {
  return (await multipartData(body, mediaType)) ?? textOrBinary(body, mediaType.charset);
}
