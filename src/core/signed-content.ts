import { type Place, parsePlace } from "./value-place.ts";

const contentValues = ["body", "timestamp", "id", "url", "method"] as const;
type ContentValue = (typeof contentValues)[number];

/** A part of what a provider signs: a text, a value that the scheme knows, or a value of the request. */
export type ContentPiece =
  | { readonly text: string }
  | { readonly value: ContentValue }
  | { readonly place: Place; readonly written: string };

/**
 * The pieces of a signed content such as `v0:{timestamp}:{body}`, or the sentence that says why it is none. A brace that
 * is meant stands twice.
 */
export function parseContent(content: string): readonly ContentPiece[] | string {
  const pieces: ContentPiece[] = [];
  let text = "";
  for (const [found, name] of content.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g)) {
    if (found === "{{" || found === "}}") text += found.slice(1);
    else if (found === "{" || found === "}") return "has a brace without its partner; one that is meant stands twice";
    else if (name === undefined) text += found;
    else {
      const piece = pieceOf(name);
      if (piece === null) return `knows no \`{${name.slice(0, 40)}}\`; ${whatItTakes}`;
      if (text !== "") pieces.push({ text });
      text = "";
      pieces.push(piece);
    }
  }
  if (text !== "") pieces.push({ text });
  return pieces;
}

const whatItTakes = `it takes ${contentValues.map((value) => `{${value}}`).join(", ")} and a place such as {header:date}`;

function pieceOf(name: string): ContentPiece | null {
  const value = contentValues.find((known) => known === name);
  if (value !== undefined) return { value };
  const place = parsePlace(name);
  return typeof place === "string" ? null : { place, written: name };
}
