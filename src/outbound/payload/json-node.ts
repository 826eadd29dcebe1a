/** JSON as a tree that keeps what `JSON.parse` loses: numbers as they are written, and keys that stand twice. */
import { skipSpace, skipValue, visitItems } from "../../core/json-members.ts";

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const comma = 0x2c;
const quote = 0x22;

export type JsonNode =
  | { readonly kind: "object"; readonly members: readonly (readonly [key: string, value: JsonNode])[] }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  /** `text` is the string itself; of the others, what is written. */
  | { readonly kind: "string" | "number" | "boolean" | "null"; readonly text: string };

/** `data` of an event is known to be JSON. Each byte is looked at once, however deep it is. */
export function readNode(data: Uint8Array): JsonNode {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  return readAt(bytes, skipSpace(bytes, 0)).node;
}

interface Read {
  readonly node: JsonNode;
  /** The offset behind it. */
  readonly end: number;
}

function readAt(bytes: Buffer, start: number): Read {
  if (bytes[start] === openBrace) return readObject(bytes, start);
  if (bytes[start] === openBracket) {
    const items: JsonNode[] = [];
    const end = visitItems(bytes, start, (itemStart) => {
      const item = readAt(bytes, itemStart);
      items.push(item.node);
      return item.end;
    });
    return { node: { kind: "array", items }, end };
  }
  const end = skipValue(bytes, start, 0);
  const text = bytes.toString("utf8", start, end);
  if (bytes[start] === quote) return { node: { kind: "string", text: JSON.parse(text) as string }, end };
  const kind = text === "null" ? "null" : text === "true" || text === "false" ? "boolean" : "number";
  return { node: { kind, text }, end };
}

function readObject(bytes: Buffer, start: number): Read {
  const members: (readonly [key: string, value: JsonNode])[] = [];
  let at = skipSpace(bytes, start + 1);
  while (bytes[at] !== closeBrace) {
    if (bytes[at] === comma) at = skipSpace(bytes, at + 1);
    const keyEnd = skipValue(bytes, at, 0);
    const key = JSON.parse(bytes.toString("utf8", at, keyEnd)) as string;
    const colonAt = skipSpace(bytes, keyEnd);
    const { node, end } = readAt(bytes, skipSpace(bytes, colonAt + 1));
    members.push([key, node]);
    at = skipSpace(bytes, end);
  }
  return { node: { kind: "object", members }, end: at + 1 };
}

/** The members of an event beside its data. */
export function envelopeMembers(event: {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly subject: string | null;
  readonly version: string | null;
}): (readonly [string, JsonNode])[] {
  const { id, type, timestamp, subject, version } = event;
  return Object.entries({ id, type, timestamp, subject, version })
    .filter((member): member is [string, string] => member[1] !== null)
    .map(([name, text]) => [name, { kind: "string", text }]);
}
