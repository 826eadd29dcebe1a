/** A plan of appending on its way to the database, and what comes back. */
import type { AppendedItem, PublishedEvent } from "../event-log.ts";
import { type AppendPlan, eventKey, idempotencyKey, type Knowledge, type KnownEvent, placed } from "./append-plan.ts";
import type { Parameter, Row } from "./database.ts";

/** How far the caller knows the log: what is stored goes behind that, or not at all. */
export interface KnownEnd {
  readonly epoch: string;
  readonly head: number;
}

export interface AppendTimes {
  readonly nowMs: number;
  /** Idempotency keys up to this time are forgotten. */
  readonly keysThroughMs: number;
}

export type PlannedRows = Omit<AppendPlan, "outcomes">;

/** The parameters of sql/events-append.sql. */
export function appendParameters(
  { events, asked, keys, redelivered }: PlannedRows,
  end: KnownEnd,
  { nowMs, keysThroughMs, skipsKnown }: AppendTimes & { readonly skipsKnown: boolean },
): Parameter[] {
  return [
    ...[end.epoch, end.head, nowMs, skipsKnown],
    ...eventColumns(events, asked),
    keys.map(({ scope }) => scope),
    keys.map(({ key }) => key),
    keys.map(({ bodyHash }) => Buffer.from(bodyHash).toString("hex")),
    keys.map(({ items }) => (items === null ? null : JSON.stringify(items))),
    keysThroughMs,
    [...redelivered.keys()],
    [...redelivered.values()],
  ];
}

/** Data go as one piece: a list of byte strings costs several times as much to write and to read. */
function eventColumns(events: readonly PublishedEvent[], asked: readonly PublishedEvent[]): Parameter[] {
  const named = [...events, ...asked];
  const pieces: Uint8Array[] = [];
  const [starts, dataEnds, requestEnds]: [number[], number[], number[]] = [[], [], []];
  let bytes = 0;
  for (const { data, request } of events) {
    starts.push(bytes);
    pieces.push(data);
    bytes += data.length;
    dataEnds.push(bytes);
    if (request !== null) pieces.push(request);
    bytes += request?.length ?? 0;
    // An empty request is one all the same.
    requestEnds.push(request === null ? -1 : bytes);
  }
  return [
    named.map(({ tenant }) => tenant),
    named.map(({ id }) => id),
    events.map(({ type }) => type),
    events.map(({ subject }) => subject),
    events.map(({ version }) => version),
    events.map(({ occurredAtMs }) => occurredAtMs),
    starts,
    dataEnds,
    requestEnds,
    Buffer.concat(pieces, bytes),
  ];
}

/** Adds what the log said that it has of a plan. */
export function learn(knowledge: Knowledge, { events, asked, keys }: PlannedRows, row: Row): void {
  for (const { at, ...known } of parsed<KnownEvent & At>(row.known_events)) {
    const event = events[at] ?? asked[at - events.length];
    if (event !== undefined) knowledge.events.set(eventKey(event.tenant, event.id), known);
  }
  for (const { at, bodyHash, items, base } of parsed<KnownKeyJson & At>(row.known_keys)) {
    const key = keys[at];
    if (key === undefined) continue;
    const answered = (JSON.parse(items) as AppendedItem[]).map((item) => ({
      ...item,
      position: placed(item.position, base),
    }));
    knowledge.keys.set(idempotencyKey(key), { bodyHash: Buffer.from(bodyHash, "hex"), items: answered });
  }
}

interface At {
  /** Its index among those that were given. */
  readonly at: number;
}

interface KnownKeyJson {
  readonly bodyHash: string;
  readonly items: string;
  readonly base: number;
}

const parsed = <Value>(text: unknown): readonly Value[] => (typeof text === "string" ? JSON.parse(text) : []);
