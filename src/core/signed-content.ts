import { parseBraces } from "./brace-template.ts";
import { type Place, parsePlace } from "./value-place.ts";

const contentValues = ["body", "timestamp", "id", "url", "method"] as const;
type ContentValue = (typeof contentValues)[number];

/** A part of what a provider signs: a text, a value that the scheme knows, or a value of the request. */
export type ContentPiece =
  | { readonly text: string }
  | { readonly value: ContentValue }
  | { readonly place: Place; readonly written: string };

/**
 * The pieces of a signed content such as `v0:{timestamp}:{body}`, or the sentence that says why it is none. A brace
 * that is meant stands twice.
 */
export function parseContent(content: string): readonly ContentPiece[] | string {
  const parts = parseBraces(content, (name) => pieceOf(name) ?? `knows no \`{${name.slice(0, 40)}}\`; ${whatItTakes}`);
  return typeof parts === "string" ? parts : parts.map((part) => (typeof part === "string" ? { text: part } : part));
}

const whatItTakes = `it takes {${contentValues.join("}, {")}} and a place such as {header:date}`;

function pieceOf(name: string): ContentPiece | null {
  const value = contentValues.find((known) => known === name);
  if (value !== undefined) return { value };
  const place = parsePlace(name);
  return typeof place === "string" ? null : { place, written: name };
}
