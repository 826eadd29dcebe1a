/**
 * Templates of the scheme `hmac`: text with placeholders in braces, such as `t={timestamp},v1={signature}`. A brace that
 * is meant stands twice.
 */
import { parseBraces } from "./brace-template.ts";

export const placeholders = {
  id: "the event's id, the same on every attempt",
  guid: "a UUID made of the id, the same on every attempt",
  type: "the event's type",
  timestamp: "when the attempt is made, in seconds since 1970",
  timestamp_ms: "the same in milliseconds",
  timestamp_iso: "the same as a time of RFC 3339, such as `2026-01-31T12:00:00Z`",
  method: "the method of the request",
  url: "the URL of the request",
  body: "the bytes of the body",
  signature: "the signature, as `encoding` says",
} as const;
export type Placeholder = keyof typeof placeholders;

/** A text, or what is put in its place. */
export type TemplatePiece = { readonly text: string } | { readonly placeholder: Placeholder };

/** The pieces of a template, or the sentence that says why it is none. */
export function parseTemplate(template: string, allowed: readonly Placeholder[]): readonly TemplatePiece[] | string {
  const parts = parseBraces(template, (name) => {
    const placeholder = allowed.find((known) => known === name);
    if (placeholder !== undefined) return { placeholder };
    return `knows no \`{${name.slice(0, 40)}}\`; it takes ${allowed.map((known) => `{${known}}`).join(", ")}`;
  });
  return typeof parts === "string" ? parts : parts.map((part) => (typeof part === "string" ? { text: part } : part));
}

const everywhere = ["id", "guid", "type", "timestamp", "timestamp_ms", "timestamp_iso", "method", "url"] as const;

/** Placeholders by where a template stands. */
export const placeholdersOf = {
  content: [...everywhere, "body"],
  template: [...everywhere, "signature"],
  header: everywhere,
} as const satisfies Record<string, readonly Placeholder[]>;
