/** The body of a received request, and the ways in which it can be read. */
import type { ReceivedRequest } from "../../sdk/wire.ts";
import { textOf } from "./copied-request.ts";
import { indentJson } from "./json-indent.ts";

/** JSON in lines, the fields of a form, or text as it came; bytes can always be seen. */
export type BodyForm = "json" | "form" | "text" | "hex";

export interface RequestBody {
  readonly bytes: Uint8Array;
  /** Null where they are not UTF-8. */
  readonly text: string | null;
  /** In lines; null where it is not JSON. */
  readonly json: string | null;
  readonly fields: readonly (readonly [name: string, value: string])[] | null;
  /** The first tells most. */
  readonly forms: readonly BodyForm[];
}

export const bytesOf = ({ body, body_base64: base64 }: Pick<ReceivedRequest, "body" | "body_base64">): Uint8Array =>
  base64 === undefined
    ? new TextEncoder().encode(body ?? "")
    : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

export function readBody(bytes: Uint8Array, headers: readonly (readonly string[])[]): RequestBody {
  const text = textOf(bytes);
  const json = text === null || text === "" ? null : indentJson(text);
  const isForm = /^application\/x-www-form-urlencoded/i.test(headerOf(headers, "content-type") ?? "");
  const fields = text !== null && text !== "" && json === null && isForm ? [...new URLSearchParams(text)] : null;
  const forms: readonly (BodyForm | false)[] = [
    json !== null && "json",
    fields !== null && "form",
    text !== null && "text",
  ];
  return { bytes, text, json, fields, forms: [...forms.filter((form) => form !== false), "hex"] };
}

export const headerOf = (headers: readonly (readonly string[])[], name: string): string | undefined =>
  headers.find(([one]) => one?.toLowerCase() === name)?.[1];
