/** Outbox: page → judge → [move]. A page into the log, as one transaction that also remembers that it was moved. */
import { TrotlineError } from "../../core/errors.ts";
import { sha256 } from "../../platform/hmac.ts";
import type { PublishedEvent } from "../event-log.ts";
import type { OutboxCounts, OutboxRules } from "../outbox.ts";
import type { Row, Run } from "./database.ts";
import { idConflict, type JudgedRows, judgeRows, type NumberedEvent } from "./outbox-rows.ts";

/** About what one group of publishers has. */
export const outboxPageMax = { rows: 1000, bytes: 1024 * 1024 } as const;
/** A page is asked for again where others publish ids of it at the same moment. */
const triesMax = 10;

export interface MovedPage extends OutboxCounts {
  /** True when another page is there already. */
  readonly more: boolean;
  /** True where another process was moving this page, and moves what comes behind it. */
  readonly isAnothers: boolean;
  /** A refusal of the page, to be told. */
  readonly refusal: { readonly code: string; readonly detail: string } | null;
}

export interface LogPlace {
  /** A position that the log has reached. */
  readonly head: number;
  readonly nowMs: number;
}

const nothing: MovedPage = { stored: 0, duplicates: 0, refused: 0, more: false, isAnothers: false, refusal: null };

/** Moves the next page. It may be empty. */
export async function moveOutboxPage(run: Run, rules: OutboxRules, place: () => LogPlace): Promise<MovedPage> {
  const rows = await run("outbox-page", [outboxPageMax.rows, outboxPageMax.bytes, rules.eventBytesMax]);
  const [first] = rows;
  if (first === undefined) throw new Error("The outbox has lost its place.");
  if (first.is_elsewhere === true) {
    await run("outbox-restart", [first.batch as number]);
    return { ...nothing, more: true };
  }
  const taken = rows.filter((row) => row.number !== null);
  if (taken.length === 0 && first.is_begun !== true) return nothing;
  const last = (taken.at(-1)?.number ?? 0) as number;
  const page = [first.batch as number, first.until as string, first.more === true, last] as const;
  let judged = judgeRows(taken, rules);
  for (let tries = 1; tries <= triesMax; tries++) {
    const { outcome, known } = await moved(run, page, judged, place());
    if (outcome === "moved") return summary(judged, first.more === true);
    if (outcome === "stale") return { ...nothing, more: true, isAnothers: true };
    if (outcome === "forked") {
      throw new TrotlineError("store-unavailable", "The log has gone back behind what was read of it.");
    }
    judged = withoutKnown(judged, JSON.parse(known as string) as KnownEvent[]);
  }
  throw new TrotlineError("store-unavailable", "Others published the ids of a page again and again.");
}

async function moved(
  run: Run,
  page: readonly [number, string, boolean, number],
  { events, refused }: JudgedRows,
  { head, nowMs }: LogPlace,
): Promise<Row> {
  const [row] = await run("outbox-move", [
    ...page,
    events.map(({ number }) => number),
    refused.map(({ number }) => number),
    refused.map(({ code }) => code),
    refused.map(({ detail }) => detail),
    head,
    nowMs,
  ]);
  return row as Row;
}

const summary = ({ events, refused, duplicates }: JudgedRows, more: boolean): MovedPage => ({
  stored: events.length,
  duplicates,
  refused: refused.length,
  more,
  isAnothers: false,
  refusal: refused[0] ?? null,
});

/** An event of the log that has the id of one of the page, as `trotline.known_events` tells. */
interface KnownEvent {
  /** Which of the page's events. */
  readonly at: number;
  readonly type: string;
  readonly subject: string | null;
  readonly version: string | null;
  readonly occurredAtMs: number;
  readonly isReceived: boolean;
  /** SHA-256 of the data. */
  readonly digest: string | null;
}

function withoutKnown({ events, refused, duplicates }: JudgedRows, known: readonly KnownEvent[]): JudgedRows {
  const byIndex = new Map(known.map((event) => [event.at, event]));
  const left: NumberedEvent[] = [];
  const conflicts: JudgedRows["refused"][number][] = [];
  let copies = 0;
  for (const [index, { number, event }] of events.entries()) {
    const stored = byIndex.get(index);
    if (stored === undefined) left.push({ number, event });
    else if (isSame(stored, event)) copies += 1;
    else conflicts.push({ number, ...idConflict(event.id) });
  }
  return { events: left, refused: [...refused, ...conflicts], duplicates: duplicates + copies };
}

/** As `sameContent` says of whole events. */
const isSame = (stored: KnownEvent, event: PublishedEvent): boolean =>
  !stored.isReceived &&
  stored.type === event.type &&
  stored.subject === event.subject &&
  stored.version === event.version &&
  (!event.occurredAtWasGiven || stored.occurredAtMs === event.occurredAtMs) &&
  stored.digest === Buffer.from(sha256(event.data)).toString("hex");
