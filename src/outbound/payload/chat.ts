/** What the formats for chat rooms have in common: what a person should see of an event. */
import type { StoredEvent } from "../../core/event.ts";
import { isoTime } from "./standard.ts";

export interface Readable {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What a transform made of the data where that is a text; else null. */
  readonly text: string | null;
  /** The data as they are written, where there is no text. */
  readonly data: string;
}

export function readable(event: StoredEvent, data: unknown): Readable {
  return {
    title: event.type,
    facts: [
      ["Id", event.id],
      ...(event.subject === null ? [] : [["Subject", event.subject] as const]),
      ["Time", isoTime(event.occurredAtMs)],
    ],
    text: typeof data === "string" ? data : null,
    data: Buffer.from(event.data.buffer, event.data.byteOffset, event.data.length).toString().trim(),
  };
}

/** Cut at so many UTF-16 units, never within a character. */
export function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  return `${text.slice(0, lengthMax - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Between fences that the text cannot close. */
export const fenced = (text: string, lengthMax: number): string =>
  `\`\`\`\n${cut(text.replaceAll("```", "`\u200b``"), lengthMax - 8)}\n\`\`\``;

/** A transform's result that is a message already: an object with one of these members. */
export function isMessage(data: unknown, members: readonly string[]): data is Record<string, unknown> {
  return typeof data === "object" && data !== null && members.some((member) => Object.hasOwn(data, member));
}
