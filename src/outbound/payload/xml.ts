/** Events as XML 1.0 (https://www.w3.org/TR/xml/). */
import { limits } from "../../core/limits.ts";
import { tooLong } from "./form.ts";
import type { JsonNode } from "./json-node.ts";

/**
 * Each member is an element of its name, each item of a list an `item`. What is no text has a `type`. A name that an
 * element cannot have is the attribute `name` of a `member`.
 */
export function xmlText(members: readonly (readonly [name: string, value: JsonNode])[]): string {
  const out = { text: '<?xml version="1.0" encoding="UTF-8"?>\n<event>' };
  for (const [name, value] of members) add(out, name, value);
  return `${out.text}</event>\n`;
}

function add(out: { text: string }, name: string, node: JsonNode): void {
  if (out.text.length > limits.formattedBytes) throw tooLong("XML document", limits.formattedBytes);
  const isName = /^(?!xml)[A-Za-z_][A-Za-z0-9_.-]*$/i.test(name);
  const tag = isName ? name : "member";
  const nameText = isName ? "" : ` name="${escapeAttribute(name)}"`;
  const type = node.kind === "string" ? "" : ` type="${node.kind}"`;
  out.text += `<${tag}${nameText}${type}>`;
  if (node.kind === "object") for (const [key, value] of node.members) add(out, key, value);
  else if (node.kind === "array") for (const item of node.items) add(out, "item", item);
  else if (node.kind !== "null") out.text += escapeText(node.text);
  out.text += `</${tag}>`;
}

/** Characters that XML 1.0 has no way to write: they become U+FFFD. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that they are absent is the point
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const references: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

const escapeText = (text: string): string => escaped(text, /[&<>\r]/g);
const escapeAttribute = (text: string): string => escaped(text, /[&<>"\r\n\t]/g);

/** Text of which nothing is escaped anywhere. */
const plain = /^[ !#-%'-;=?-~]*$/;

const escaped = (text: string, special: RegExp): string =>
  plain.test(text)
    ? text
    : text
        .toWellFormed()
        .replace(unwritable, "\ufffd")
        .replace(special, (found) => references[found] ?? "");
