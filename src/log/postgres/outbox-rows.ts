/** Outbox: page → [judge] → move. Which rows can become events, by the rules of publishing, and why others cannot. */
import { type ErrorCode, TrotlineError } from "../../core/errors.ts";
import { sameContent } from "../../core/event.ts";
import { eventTextRules } from "../../core/event-text-rules.ts";
import { JsonSyntaxError, skipSpace, skipValue } from "../../core/json-members.ts";
import { limits } from "../../core/limits.ts";
import type { PublishedEvent } from "../event-log.ts";
import type { OutboxRules } from "../outbox.ts";
import type { Row } from "./database.ts";

export interface NumberedEvent {
  readonly number: number;
  readonly event: PublishedEvent;
}

export interface RefusedRow {
  readonly number: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface JudgedRows {
  readonly events: readonly NumberedEvent[];
  readonly refused: readonly RefusedRow[];
  /** Rows that say the same as one before them. */
  readonly duplicates: number;
}

/** Years that RFC 3339 has: what published events may say. */
const occurredAtMsMin = Date.parse("0000-01-01T00:00:00.000Z");
const occurredAtMsMax = Date.parse("9999-12-31T23:59:59.999Z");

export function judgeRows(rows: readonly Row[], rules: OutboxRules): JudgedRows {
  const events: NumberedEvent[] = [];
  const refused: RefusedRow[] = [];
  const byId = new Map<string, PublishedEvent>();
  let duplicates = 0;
  for (const row of rows) {
    const number = row.number as number;
    try {
      const event = eventOf(row, rules);
      const key = JSON.stringify([event.tenant, event.id]);
      const earlier = byId.get(key);
      if (earlier === undefined) {
        byId.set(key, event);
        events.push({ number, event });
      } else if (sameContent(earlier, event, event.occurredAtWasGiven)) {
        duplicates += 1;
      } else {
        refused.push({ number, ...idConflict(event.id) });
      }
    } catch (error) {
      if (!(error instanceof TrotlineError)) throw error;
      refused.push({ number, code: error.code, detail: error.message });
    }
  }
  return { events, refused, duplicates };
}

export const idConflict = (id: string): { readonly code: ErrorCode; readonly detail: string } => ({
  code: "event-id-conflict",
  detail: `The id \`${id}\` belongs to an event with other content.`,
});

function eventOf(row: Row, rules: OutboxRules): PublishedEvent {
  const event: PublishedEvent = {
    id: textOf(row, "id") ?? "",
    tenant: textOf(row, "tenant") ?? "",
    type: textOf(row, "type") ?? "",
    subject: textOf(row, "subject"),
    version: textOf(row, "version"),
    occurredAtMs: timeOf(row),
    occurredAtWasGiven: row.occurred_at_was_given === true,
    data: dataOf(row, rules.eventBytesMax),
    request: null,
  };
  rules.check(event);
  return event;
}

function textOf(row: Row, name: keyof typeof eventTextRules): string | null {
  const value = row[name] as string | null;
  const { isValid, rule } = eventTextRules[name];
  if (value === null || isValid(value)) return value;
  throw new TrotlineError("invalid-body", `\`${name}\` is ${rule}.`);
}

function timeOf(row: Row): number {
  const ms = row.occurred_at_ms as number;
  if (ms >= occurredAtMsMin && ms <= occurredAtMsMax) return ms;
  throw new TrotlineError("invalid-body", "`occurred_at` is a time in the years 0000 to 9999.");
}

/** The bytes of the JSON value, without white space around it. */
function dataOf(row: Row, bytesMax: number): Uint8Array {
  const size = row.data_bytes as number;
  if (size > bytesMax) {
    throw new TrotlineError("event-too-large", `\`data\` has ${size} bytes; the limit is ${bytesMax}.`);
  }
  const bytes = Buffer.from(row.data as string);
  try {
    const start = skipSpace(bytes, 0);
    const end = skipValue(bytes, start, limits.dataDepth);
    const rest = skipSpace(bytes, end);
    if (rest !== bytes.length) throw new JsonSyntaxError(rest);
    return bytes.subarray(start, end);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw error.reason === "depth"
      ? new TrotlineError("data-too-deep", `\`data\` is nested deeper than ${limits.dataDepth} levels.`)
      : new TrotlineError("invalid-json", `\`data\` stops being JSON at byte ${error.offset}.`);
  }
}
