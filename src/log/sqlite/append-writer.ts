import type { DatabaseSync, StatementSync } from "node:sqlite";
import { sameBytes, sameContent } from "../../core/event.ts";
import type { AppendedItem, AppendOutcome, Idempotency } from "../event-log.ts";
import {
  EventPacker,
  eventCount,
  eventData,
  eventNumbers,
  eventRequest,
  eventTexts,
  numbersPerEvent,
  textsPerEvent,
  unpackEvents,
} from "./event-columns.ts";
import { type GroupMessage, outcomeCodes } from "./group.ts";
import type { LogPlace } from "./log-place.ts";
import { firstRow, prepare, prepareForRows } from "./sql.ts";

/** Events that one statement stores. */
const eventsAtOnce = 16;
type EventValue = number | string | Uint8Array | null;

const outcomeWords = ["stored", "duplicate", "conflict"] as const;

export interface Appended {
  readonly positions: Float64Array<ArrayBuffer> | null;
  readonly outcomes: Uint8Array<ArrayBuffer> | null;
  readonly byKey: Map<number, AppendOutcome>;
}

/** The part of the writer that stores events: gives positions, and knows an id that was used before. */
export class AppendWriter {
  readonly #place: LogPlace;
  readonly #insert: StatementSync;
  readonly #insertMany: StatementSync;
  readonly #byId: StatementSync;
  readonly #undo: StatementSync;
  readonly #keyGet: StatementSync;
  readonly #keyPut: StatementSync;
  readonly #redelivered: StatementSync;

  constructor(database: DatabaseSync, place: LogPlace) {
    this.#place = place;
    this.#insert = prepare(database, "event-insert");
    this.#insertMany = prepareForRows(database, "event-insert", eventsAtOnce);
    this.#byId = prepare(database, "event-by-id");
    this.#undo = prepare(database, "events-undo");
    this.#keyGet = prepare(database, "idempotency-get");
    this.#keyPut = prepare(database, "idempotency-put");
    this.#redelivered = prepare(database, "redelivery-put");
  }

  /** Inside the group's transaction. */
  append(message: GroupMessage): Appended {
    const total = eventCount(message.events);
    const positions = new Float64Array(total);
    const outcomes = new Uint8Array(total);
    const byKey = new Map<number, AppendOutcome>();
    let allStored = true;
    let start = 0;
    for (const [request, signedCount] of message.requests.entries()) {
      const end = start + Math.abs(signedCount);
      const idempotency = message.idempotency.get(request);
      const known = idempotency === undefined ? null : this.#answerByKey(idempotency, message.keysThroughMs);
      if (known !== null) {
        byKey.set(request, known);
        outcomes.fill(outcomeCodes.unanswered, start, end);
        allStored = false;
      } else {
        const isAtomic = signedCount > 0;
        const storedAll = this.#appendRequest(message, { start, end, isAtomic, positions, outcomes });
        if (!storedAll) allStored = false;
        const isRefused = !storedAll && isAtomic && outcomes.subarray(start, end).includes(outcomeCodes.conflict);
        if (idempotency !== undefined && !isRefused) {
          this.#remember(message, idempotency, { start, end, positions, outcomes });
        }
      }
      start = end;
    }
    return allStored ? { positions: null, outcomes: null, byKey } : { positions, outcomes, byKey };
  }

  /** True when every event was stored. */
  #appendRequest(message: GroupMessage, range: RequestRange): boolean {
    const { start, end, positions, outcomes } = range;
    const { head, bytesThrough } = this.#place;
    let storedAll = true;
    let hasConflict = false;
    const manyEnd = end - ((end - start) % eventsAtOnce);
    for (let index = start; index < end; index++) {
      if ((index - start) % eventsAtOnce === 0 && index < manyEnd && this.#insertEvents(message, index)) {
        const first = this.#place.head - eventsAtOnce + 1;
        for (let nth = 0; nth < eventsAtOnce; nth++) positions[index + nth] = first + nth;
        index += eventsAtOnce - 1;
        continue;
      }
      if (this.#insertEvent(message, index)) {
        positions[index] = this.#place.head;
        continue;
      }
      storedAll = false;
      const existing = this.#existing(message, index);
      if (existing.isSame && eventRequest(message.events, index) !== null) {
        this.#redelivered.run(existing.position, message.nowMs);
      }
      positions[index] = existing.position;
      outcomes[index] = existing.isSame ? outcomeCodes.duplicate : outcomeCodes.conflict;
      if (!existing.isSame) hasConflict = true;
    }
    if (!hasConflict || !range.isAtomic) return storedAll;
    // Nothing of this request may stay: what it stored lies at the end of the log. Others of the group are not touched.
    this.#undo.run(head);
    this.#place.head = head;
    this.#place.bytesThrough = bytesThrough;
    for (let index = start; index < end; index++) if ((positions[index] as number) > head) positions[index] = 0;
    return false;
  }

  /** False where its tenant has an event with the id. One statement for an event: it both looks and stores. */
  #insertEvent(message: GroupMessage, index: number): boolean {
    const values: EventValue[] = [];
    const bytesThrough = this.#addRow(values, { message, index, nth: 0, bytesThrough: this.#place.bytesThrough });
    if (this.#insert.run(...values).changes === 0) return false;
    this.#place.head += 1;
    this.#place.bytesThrough = bytesThrough;
    return true;
  }

  /** As `insertEvent` for `eventsAtOnce`. False where an id of theirs is taken: then none of them is stored. */
  #insertEvents(message: GroupMessage, start: number): boolean {
    const values: EventValue[] = [];
    const { head } = this.#place;
    let { bytesThrough } = this.#place;
    for (let nth = 0; nth < eventsAtOnce; nth++) {
      bytesThrough = this.#addRow(values, { message, index: start + nth, nth, bytesThrough });
    }
    if (this.#insertMany.run(...values).changes !== eventsAtOnce) {
      this.#undo.run(head);
      return false;
    }
    this.#place.head = head + eventsAtOnce;
    this.#place.bytesThrough = bytesThrough;
    return true;
  }

  /** Adds the parameters of an event, the `nth` after the head; answers the bytes of the log up to it. */
  #addRow(values: EventValue[], row: EventRow): number {
    const { events, acceptedAtMs } = row.message;
    const data = eventData(events, row.index);
    const request = eventRequest(events, row.index);
    const bytesThrough = row.bytesThrough + data.length + (request?.length ?? 0);
    const text = row.index * textsPerEvent;
    values.push(
      this.#place.head + 1 + row.nth,
      events.texts[text + eventTexts.tenant] as string,
      events.texts[text + eventTexts.id] as string,
      events.texts[text + eventTexts.type] as string,
      events.texts[text + eventTexts.subject] as string | null,
      events.texts[text + eventTexts.version] as string | null,
      events.numbers[row.index * numbersPerEvent + eventNumbers.occurredAtMs] as number,
      acceptedAtMs,
      bytesThrough,
      data,
      request,
    );
    return bytesThrough;
  }

  /** The event that has the id, and whether it says the same. */
  #existing(message: GroupMessage, index: number): { position: number; isSame: boolean } {
    const { events } = message;
    const text = index * textsPerEvent;
    const [tenant, id, type, subject, version] = events.texts.slice(text, text + textsPerEvent);
    const row = firstRow(this.#byId, tenant as string, id as string);
    if (row === undefined) throw new Error(`no event has the id ${id}, yet it is taken`);
    const packer = new EventPacker();
    packer.addRow(row);
    const stored = unpackEvents(packer.finish())[0];
    if (stored === undefined) throw new Error("a row is one event");
    const published = {
      tenant: tenant as string,
      id: id as string,
      type: type as string,
      subject: subject as string | null,
      version: version as string | null,
      occurredAtMs: events.numbers[index * numbersPerEvent + eventNumbers.occurredAtMs] as number,
      data: eventData(events, index),
      request: eventRequest(events, index),
    };
    const wasGiven = events.numbers[index * numbersPerEvent + eventNumbers.occurredAtWasGiven] === 1;
    return { position: stored.position, isSame: sameContent(stored, published, wasGiven) };
  }

  #answerByKey(idempotency: Idempotency, keysThroughMs: number): AppendOutcome | null {
    const row = firstRow(this.#keyGet, idempotency.scope, idempotency.key, keysThroughMs);
    if (row === undefined) return null;
    const [bodyHash, items] = row as [Uint8Array, string];
    if (!sameBytes(bodyHash, idempotency.bodyHash)) return { kind: "idempotency-mismatch" };
    return { kind: "repeated", items: JSON.parse(items) };
  }

  #remember(message: GroupMessage, idempotency: Idempotency, range: Omit<RequestRange, "isAtomic">): void {
    const items: AppendedItem[] = [];
    for (let index = range.start; index < range.end; index++) {
      const id = message.events.texts[index * textsPerEvent + eventTexts.id] as string;
      const outcome = outcomeWords[range.outcomes[index] as number] as AppendedItem["outcome"];
      items.push({ id, position: range.positions[index] as number, outcome });
    }
    const { scope, key, bodyHash } = idempotency;
    this.#keyPut.run(scope, key, bodyHash, JSON.stringify(items), message.nowMs);
  }
}

interface EventRow {
  readonly message: GroupMessage;
  readonly index: number;
  readonly nth: number;
  /** Before it. */
  readonly bytesThrough: number;
}

interface RequestRange {
  readonly start: number;
  readonly end: number;
  readonly isAtomic: boolean;
  readonly positions: Float64Array;
  readonly outcomes: Uint8Array;
}
