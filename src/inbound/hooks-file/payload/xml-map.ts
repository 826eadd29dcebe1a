/**
 * XML as a map, as https://pkg.go.dev/github.com/clbanning/mxj makes it: attributes are `-name`, elements of one name a
 * list. Text beside attributes or children is `#text`; text before the first child stands for all of the element.
 */
import { textOfBytes } from "../byte-text.ts";
import type { GoMap, GoValue } from "../go-value.ts";
import { XmlProblem, type XmlToken, XmlTokens } from "./xml-tokens.ts";

interface OpenElement {
  readonly name: string;
  readonly nodes: GoMap;
  text: string | null;
}

/** The first element; what stands behind it is not looked at. Throws `XmlProblem`. */
export function readXmlMap(body: Uint8Array): GoMap {
  const tokens = new XmlTokens(textOfBytes(body));
  const open: OpenElement[] = [];
  for (;;) {
    const token = tokens.next();
    if (token === null) throw new XmlProblem("EOF");
    const current = open.at(-1);
    if (token.kind === "start") open.push(elementOf(token));
    else if (current !== undefined && token.kind === "text") addText(current, token.text);
    else if (current !== undefined && token.kind === "end") {
      open.pop();
      const parent = open.at(-1);
      if (parent === undefined) return new Map([[current.name, elementValue(current)]]);
      addNode(parent.nodes, current.name, elementValue(current));
    }
  }
}

function elementOf(token: Extract<XmlToken, { kind: "start" }>): OpenElement {
  const nodes: GoMap = new Map(token.attributes.map(([name, value]) => [`-${name}`, value]));
  return { name: token.name, nodes, text: null };
}

function addText(element: OpenElement, text: string): void {
  const trimmed = trimmedText(text);
  if (trimmed === "") return;
  if (element.nodes.size > 0) element.nodes.set("#text", trimmed);
  else element.text = trimmed;
}

const trimmedCharacters = "\t\r\b\n ";

/** No expression: one that looks for the end of a text from each of many spaces takes for ever. */
function trimmedText(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && trimmedCharacters.includes(text[start] ?? "")) start += 1;
  while (end > start && trimmedCharacters.includes(text[end - 1] ?? "")) end -= 1;
  return text.slice(start, end);
}

function elementValue(element: OpenElement): GoValue {
  if (element.text !== null) return element.text;
  return element.nodes.size > 0 ? element.nodes : "";
}

function addNode(nodes: GoMap, name: string, value: GoValue): void {
  const before = nodes.get(name);
  if (before === undefined) nodes.set(name, value);
  else if (Array.isArray(before)) before.push(value);
  else nodes.set(name, [before, value]);
}
