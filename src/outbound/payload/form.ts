/** Events as forms (https://url.spec.whatwg.org/#urlencoded-serializing): members within members by brackets. */
import { limits } from "../../core/limits.ts";
import { PayloadFailure } from "./content.ts";
import type { JsonNode } from "./json-node.ts";

/** `data[items][0][sku]=a`: what PHP, Rails and qs read. An empty list or object is an empty text. */
export function formText(
  members: readonly (readonly [name: string, value: JsonNode])[],
  place: "form" | "query" = "form",
): string {
  const out: Form = { place, lengthMax: place === "form" ? limits.formattedBytes : limits.queryBytes, text: "" };
  for (const [name, value] of members) add(out, encode(name), value);
  return out.text;
}

interface Form {
  readonly place: "form" | "query";
  readonly lengthMax: number;
  text: string;
}

function add(out: Form, name: string, node: JsonNode): void {
  switch (node.kind) {
    case "object":
      if (node.members.length === 0) push(out, `${name}=`);
      for (const [key, value] of node.members) add(out, `${name}%5B${encode(key)}%5D`, value);
      return;
    case "array":
      if (node.items.length === 0) push(out, `${name}=`);
      for (const [index, item] of node.items.entries()) add(out, `${name}%5B${index}%5D`, item);
      return;
    case "null":
      push(out, `${name}=`);
      return;
    default:
      push(out, `${name}=${encode(node.text)}`);
  }
}

/** Each leaf repeats the names of all that it is in: a little data may be a long form. */
function push(out: Form, pair: string): void {
  out.text += out.text === "" ? pair : `&${pair}`;
  if (out.text.length > out.lengthMax) throw tooLong(out.place, out.lengthMax);
}

export const tooLong = (what: string, lengthMax: number): PayloadFailure =>
  new PayloadFailure(`The event as a ${what} would be longer than ${lengthMax} bytes.`);

/** What stands for itself. */
const plain = /^[A-Za-z0-9*._-]*$/;

/** Half of a surrogate pair has no UTF-8: it becomes U+FFFD, as in every form. */
const encode = (text: string): string =>
  plain.test(text)
    ? text
    : encodeURIComponent(text.toWellFormed())
        .replace(/[!'()~]/g, (odd) => `%${odd.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll("%20", "+");
