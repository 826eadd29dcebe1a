import type { AttemptRecord } from "../../src/core/attempt.ts";
import type { Consumer } from "../../src/core/consumer.ts";
import type { ParkedDelivery } from "../../src/core/delivery.ts";
import { type Endpoint, endpointDefaults } from "../../src/core/endpoint.ts";
import { TrotlineError } from "../../src/core/errors.ts";
import type { StoredEvent } from "../../src/core/event.ts";
import type { EventType } from "../../src/core/event-type.ts";
import { makeId } from "../../src/core/ids.ts";
import type { KeyRecord } from "../../src/core/key.ts";
import type { LaneRecord } from "../../src/core/lane.ts";
import { encodeRequest, type KeptRequest } from "../../src/core/received-request.ts";
import type { Replay } from "../../src/core/replay.ts";
import type { ShardLease } from "../../src/core/shard.ts";
import { type Receipt, type Source, sourceDefaults } from "../../src/core/source.ts";
import type { AppendOutcome, AppendRequest, PublishedEvent } from "../../src/log/event-log.ts";
import type { JournalBatch, JournalState } from "../../src/log/journal.ts";
import type { Store } from "../../src/log/store.ts";

const encoder = new TextEncoder();
export const bytesOf = (text: string): Uint8Array => encoder.encode(text);

let eventsMade = 0;

export function anEvent(members: Partial<Omit<PublishedEvent, "data">> & { data?: string } = {}): PublishedEvent {
  eventsMade += 1;
  const { data = "{}", ...rest } = members;
  return {
    id: `evt_${eventsMade}`,
    tenant: "default",
    type: "order.paid",
    subject: null,
    occurredAtMs: 1_600_000_000_000,
    occurredAtWasGiven: true,
    version: null,
    request: null,
    data: bytesOf(data),
    ...rest,
  };
}

export const aRequest = (events: readonly PublishedEvent[], more: Partial<AppendRequest> = {}): AppendRequest => ({
  events,
  atomic: true,
  idempotency: null,
  ...more,
});

/** Appends events, one request each unless `together`; answers their positions. */
export async function append(store: Store, ...events: PublishedEvent[]): Promise<number[]> {
  return positionsOf(await store.events.append(aRequest(events)));
}

export const appendMany = (
  store: Store,
  count: number,
  members: Parameters<typeof anEvent>[0] = {},
): Promise<number[]> => append(store, ...Array.from({ length: count }, () => anEvent(members)));

export const positionsOf = (outcome: AppendOutcome): number[] => itemsOf(outcome).map((item) => item.position);

export function itemsOf(outcome: AppendOutcome): { id: string; position: number; outcome: string }[] {
  if (outcome.kind === "idempotency-mismatch") throw new Error("the idempotency key was used with another body");
  return [...outcome.items];
}

/** The event as it is stored, with plain bytes: a view on a larger buffer is equal to none. */
export const plain = <Event extends { data: Uint8Array } | null>(event: Event): Event =>
  event === null ? event : { ...event, data: Array.from(event.data) as unknown as Uint8Array };

export const idsOf = (events: readonly StoredEvent[]): string[] => events.map((event) => event.id);

export const anAttempt = (members: Partial<AttemptRecord> = {}): AttemptRecord => ({
  endpointNumber: 1,
  position: 1,
  number: 1,
  trigger: "first",
  startedAtMs: 1_700_000_000_000,
  durationMs: 12,
  status: 200,
  errorClass: null,
  errorDetail: null,
  responseBody: new Uint8Array(0),
  responseTruncated: false,
  retryAfterMs: null,
  ...members,
});

export const aFailedAttempt = (members: Partial<AttemptRecord> = {}): AttemptRecord =>
  anAttempt({ status: 500, errorClass: "http_status", errorDetail: "It answered 500.", ...members });

/** Of the first shard, as it is held by whoever took it first, where it says how far that was dispatched. */
export const aBatch = ({
  dispatchedTo,
  ...members
}: Partial<JournalBatch> & { readonly dispatchedTo?: number } = {}): JournalBatch => ({
  dispatched: dispatchedTo === undefined ? [] : [{ ...firstLease, position: dispatchedTo }],
  running: { generation: 0, position: 0 },
  attempts: [],
  changes: [],
  lanes: [],
  announce: [],
  ...members,
});

export const firstLease: ShardLease = { shard: 0, fence: 1 };

/** What the journal knows of all lanes, and how far the first shard was dispatched. */
export async function loadAll({
  journal,
  shards,
}: Store): Promise<Omit<JournalState, "dispatchedTo"> & { readonly dispatchedTo: number | undefined }> {
  const { dispatchedTo, ...state } = await journal.load(Array.from({ length: shards.count }, (_, shard) => shard));
  return { dispatchedTo: dispatchedTo.get(0), ...state };
}

export const aRow = (members: Partial<ParkedDelivery> = {}): ParkedDelivery => ({
  position: 1,
  state: "retrying",
  attempts: 1,
  step: 1,
  dueAtMs: 1_700_000_005_000,
  ...members,
});

/** Stores rows of parked deliveries. */
export const park = (store: Store, endpointNumber: number, ...rows: ParkedDelivery[]): Promise<void> =>
  store.journal.commit(aBatch({ changes: rows.map((row) => ({ endpointNumber, change: { do: "park", row } })) }));

export const aLane = (members: Partial<LaneRecord> = {}): LaneRecord => ({
  endpointNumber: 1,
  readPosition: 0,
  pending: [],
  behind: true,
  health: null,
  ...members,
});

let endpointsMade = 0;

export function anEndpoint(members: Partial<Endpoint> = {}): Omit<Endpoint, "number"> {
  endpointsMade += 1;
  return {
    ...endpointDefaults,
    id: `ep_${endpointsMade}`,
    tenant: "default",
    url: "https://example.com/hook",
    secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    status: "enabled",
    disabledReason: null,
    createdAtMs: 1_700_000_000_000,
    updatedAtMs: 1_700_000_000_000,
    ...members,
  };
}

export const aStart = { readPosition: 0, pending: [], behind: true, health: null } as const;

export const aKey = (members: Partial<KeyRecord> = {}): KeyRecord => ({
  id: "key_1",
  name: "first",
  hash: "ab".repeat(32),
  scopes: ["publish", "read"],
  tenant: null,
  createdAtMs: 1_700_000_000_000,
  expiresAtMs: null,
  rotatedAtMs: null,
  previous: null,
  lastUsedAtMs: null,
  ...members,
});

export const aConsumer = (members: Partial<Consumer> = {}): Consumer => ({
  name: "a",
  tenant: "default",
  types: [],
  filter: null,
  subject: null,
  leaseMs: 60_000,
  position: 0,
  createdAtMs: 1_700_000_000_000,
  updatedAtMs: 1_700_000_000_000,
  ...members,
});

export const aReplay = (members: Partial<Replay> = {}): Replay => ({
  id: "rpl_1",
  endpointNumber: 1,
  endpointId: "ep_1",
  first: 1,
  last: 9,
  types: [],
  only: "all",
  isDryRun: false,
  status: "running",
  reason: null,
  countedThrough: 0,
  matched: 0,
  position: 0,
  delivered: 0,
  failed: 0,
  createdAtMs: 1_700_000_000_000,
  updatedAtMs: 1_700_000_000_000,
  ...members,
});

export const anEventType = (members: Partial<EventType> = {}): EventType => ({
  name: "order.paid",
  description: "",
  group: null,
  archived: false,
  validate: "none",
  versions: [],
  createdAtMs: 1_700_000_000_000,
  updatedAtMs: 1_700_000_000_000,
  ...members,
});

export const aSource = (members: Partial<Source> = {}): Omit<Source, "number"> => ({
  ...sourceDefaults,
  id: "src_1",
  name: "github",
  tenant: "default",
  scheme: { unverified: true },
  status: "enabled",
  createdAtMs: 1_700_000_000_000,
  updatedAtMs: 1_700_000_000_000,
  ...members,
});

export const aReceivedRequest = (members: Partial<KeptRequest> = {}): KeptRequest => ({
  method: "POST",
  target: "/in/github?a=%20b",
  headers: ["X-GitHub-Event", "push", "x-a", "1", "X-A", "\u00ff"],
  address: "192.0.2.1",
  protocol: "https",
  receivedAtMs: 1_700_000_000_000,
  source: "github",
  deliveryId: "d-1",
  providerType: "push",
  body: bytesOf("{}"),
  ...members,
});

/** As a source stores it. */
export function aReceivedEvent(
  members: Parameters<typeof anEvent>[0] = {},
  request: Partial<KeptRequest> = {},
): PublishedEvent & { readonly request: Uint8Array } {
  const event = anEvent({ type: "github.push", ...members });
  return { ...event, request: encodeRequest(aReceivedRequest(request), event.data) };
}

let receiptsMade = 0;

/** One made later is newer. */
export function aReceipt(members: Partial<Receipt> = {}): Receipt {
  receiptsMade += 1;
  return {
    id: makeId("rcp", 1_700_000_000_000 + receiptsMade, new Uint8Array(16)),
    sourceNumber: 1,
    outcome: "rejected",
    code: "verification_failed",
    detail: "The signature does not fit.",
    eventId: null,
    receivedAtMs: 1_700_000_000_000 + receiptsMade,
    request: bytesOf("{}\n"),
    bodyTruncated: false,
    ...members,
  };
}

/** For `assert.rejects`: a `TrotlineError` with the code. */
export const withCode = (code: string) => (error: unknown) => error instanceof TrotlineError && error.code === code;

/** Retention rules that remove nothing; a test overrides what it is about. */
export const aTrim = (members: Partial<{ olderThanMs: number; bytesMax: number | null; rowsMax: number }> = {}) => ({
  olderThanMs: 0,
  bytesMax: null,
  rowsMax: 1000,
  ...members,
});
