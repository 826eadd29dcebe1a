/**
 * What the writer's thread is given and what it answers: everything that was waiting goes as one group, and becomes one
 * transaction with one fsync.
 */
import type { Consumer } from "../../core/consumer.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import type { EventType } from "../../core/event-type.ts";
import type { KeyRecord } from "../../core/key.ts";
import type { LaneRecord } from "../../core/lane.ts";
import type { Replay } from "../../core/replay.ts";
import type { Receipt, Source } from "../../core/source.ts";
import type { AppendOutcome, AppendRequest, Idempotency, TrimRule } from "../event-log.ts";
import type { JournalBatch } from "../journal.ts";
import type { KeyUse } from "../registry-store.ts";
import type { ReceiptTrimRule } from "../source-store.ts";
import type { StatisticsTrimRule } from "../statistics-store.ts";
import { type EventColumns, EventPacker, eventBuffers } from "./event-columns.ts";
import { type JournalColumns, JournalPacker, journalBuffers } from "./journal-columns.ts";
import type { PackedPage } from "./statistics-search.ts";

export type RegistryChange =
  | {
      readonly do: "createEndpoint";
      readonly endpoint: Omit<Endpoint, "number">;
      readonly start: Omit<LaneRecord, "endpointNumber">;
    }
  | { readonly do: "updateEndpoint"; readonly endpoint: Endpoint }
  | { readonly do: "deleteEndpoint"; readonly endpointNumber: number }
  | { readonly do: "putKey"; readonly key: KeyRecord }
  | { readonly do: "removeKey"; readonly id: string }
  | { readonly do: "noteKeyUses"; readonly uses: readonly KeyUse[] }
  | SourceChange
  | StatisticsChange;

export type SourceChange =
  | { readonly do: "createSource"; readonly source: Omit<Source, "number"> }
  | { readonly do: "updateSource"; readonly source: Source }
  | { readonly do: "removeSource"; readonly sourceNumber: number }
  | { readonly do: "noteReceipts"; readonly receipts: readonly Receipt[] }
  | { readonly do: "trimReceipts"; readonly rule: ReceiptTrimRule };

export type StatisticsChange =
  | { readonly do: "addStatistics"; readonly after: number; readonly page: PackedPage }
  | { readonly do: "trimStatistics"; readonly rule: StatisticsTrimRule };

/** Of what is stored as one document each. */
export type DocumentChange =
  | { readonly do: "putConsumer"; readonly consumer: Consumer }
  | { readonly do: "removeConsumer"; readonly tenant: string; readonly name: string }
  | { readonly do: "putReplay"; readonly replay: Replay }
  | { readonly do: "removeReplay"; readonly id: string }
  | { readonly do: "putEventType"; readonly eventType: EventType }
  | { readonly do: "removeEventType"; readonly name: string };

export interface AttemptTrimRule {
  readonly olderThanMs: number;
  readonly rowsMax: number;
}

export interface GroupMessage {
  readonly do: "group";
  /** No less than that of the event before. */
  readonly acceptedAtMs: number;
  readonly nowMs: number;
  /** Idempotency keys up to this time are forgotten. */
  readonly keysThroughMs: number;
  readonly events: EventColumns;
  /** For each append request its number of events, negative where it is not atomic. */
  readonly requests: readonly number[];
  /** By index of the request. */
  readonly idempotency: ReadonlyMap<number, Idempotency>;
  readonly journal: JournalColumns | null;
  /** Numbers the journal's part; 0 where there is none. */
  readonly journalBatch: number;
  readonly changes: readonly RegistryChange[];
  readonly documents: readonly DocumentChange[];
  readonly trims: readonly TrimRule[];
  readonly attemptTrims: readonly AttemptTrimRule[];
  /** Asks whether the store can be written again. */
  readonly probe: boolean;
}

/** How events ended, in `GroupAnswer.outcomes`. */
export const outcomeCodes = { stored: 0, duplicate: 1, conflict: 2, unanswered: 3 } as const;

export interface TrimAnswer {
  readonly removed: number;
  readonly earliest: number;
  readonly more: boolean;
  readonly cancelled: ReadonlyMap<number, number>;
}

export interface GroupAnswer {
  /** The last position before the group. Where `outcomes` is null, every event was stored, one after the other. */
  readonly headBefore: number;
  /** For each event: its position, and one of `outcomeCodes`. */
  readonly positions: Float64Array<ArrayBuffer> | null;
  readonly outcomes: Uint8Array<ArrayBuffer> | null;
  /** Requests that were answered by their idempotency key, by index. */
  readonly byKey: ReadonlyMap<number, AppendOutcome>;
  /** For each change: the number of the endpoint or source that it made, or what `SourceWriter` or `StatisticsWriter` says, or 0. */
  readonly changeNumbers: readonly number[];
  readonly trims: readonly TrimAnswer[];
  /** For each trim of attempts, whether another has work to do. */
  readonly attemptTrims: readonly boolean[];
  readonly logBytes: number;
  readonly wal: WalSize;
}

/** The write-ahead log, in pages. */
export interface WalSize {
  readonly pages: number;
  /** Those that are in the database too. */
  readonly checkpointed: number;
}

/** Collects what waits, in order, and makes one message of it. */
export class GroupPacker {
  readonly #events = new EventPacker();
  readonly #requests: number[] = [];
  readonly #idempotency = new Map<number, Idempotency>();
  #journal: JournalPacker | null = null;
  readonly #changes: RegistryChange[] = [];
  readonly #documents: DocumentChange[] = [];
  readonly #trims: TrimRule[] = [];
  readonly #attemptTrims: AttemptTrimRule[] = [];
  #probe = false;

  get hasJournal(): boolean {
    return this.#journal !== null;
  }

  addRequest(request: AppendRequest): void {
    for (const event of request.events) this.#events.add(event, event.occurredAtWasGiven);
    if (request.idempotency !== null) this.#idempotency.set(this.#requests.length, request.idempotency);
    this.#requests.push(request.atomic ? request.events.length : -request.events.length);
  }

  addJournal(batch: JournalBatch): void {
    this.#journal ??= new JournalPacker();
    this.#journal.add(batch);
  }

  addChange(change: RegistryChange): void {
    this.#changes.push(change);
  }

  addDocument(change: DocumentChange): void {
    this.#documents.push(change);
  }

  addTrim(rule: TrimRule): void {
    this.#trims.push(rule);
  }

  addAttemptTrim(rule: AttemptTrimRule): void {
    this.#attemptTrims.push(rule);
  }

  addProbe(): void {
    this.#probe = true;
  }

  finish(facts: { acceptedAtMs: number; nowMs: number; keysThroughMs: number; journalBatch: number }): {
    message: GroupMessage;
    transfer: ArrayBuffer[];
  } {
    const events = this.#events.finish();
    const journal = this.#journal?.finish() ?? null;
    const message: GroupMessage = {
      do: "group",
      ...facts,
      events,
      requests: this.#requests,
      idempotency: this.#idempotency,
      journal,
      changes: this.#changes,
      documents: this.#documents,
      trims: this.#trims,
      attemptTrims: this.#attemptTrims,
      probe: this.#probe,
    };
    const transfer = eventBuffers(events);
    if (journal !== null) transfer.push(...journalBuffers(journal));
    return { message, transfer };
  }
}
