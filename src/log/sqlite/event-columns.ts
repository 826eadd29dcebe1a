import type { NewEvent, StoredEvent } from "../../core/event.ts";
import type { Row } from "./sql.ts";

/**
 * Events on their way between threads: one buffer of numbers, one list of texts and one buffer of data in place of an
 * object each, since copying a message costs by the object. The two buffers are handed over, not copied.
 */
export interface EventColumns {
  /** `numbersPerEvent` for each event: see `eventNumbers`. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** `textsPerEvent` for each event: see `eventTexts`. */
  readonly texts: readonly (string | null)[];
  /** Of all events, one after the other: the data, and behind them the request that it came with. */
  readonly data: Uint8Array<ArrayBuffer>;
}

export const eventNumbers = {
  position: 0,
  acceptedAtMs: 1,
  occurredAtMs: 2,
  occurredAtWasGiven: 3,
  dataEnd: 4,
  /** That of the data where the event was published and not received. */
  requestEnd: 5,
} as const;
export const numbersPerEvent = 6;
export const eventTexts = { tenant: 0, id: 1, type: 2, subject: 3, version: 4 } as const;
export const textsPerEvent = 5;

/** Collects events and makes columns of them. */
export class EventPacker {
  readonly #numbers: number[] = [];
  readonly #texts: (string | null)[] = [];
  readonly #data: Uint8Array[] = [];
  #bytes = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** An event that is to be stored. */
  add(event: NewEvent, occurredAtWasGiven: boolean): void {
    this.#numbers.push(0, 0, event.occurredAtMs, occurredAtWasGiven ? 1 : 0);
    this.#texts.push(event.tenant, event.id, event.type, event.subject, event.version);
    this.#addBytes(event.data, event.request);
  }

  /** An event that is stored, by the columns of the statements that read events (see sql/events-page.sql). */
  addRow(row: Row): void {
    const [position, tenant, id, type, subject, version, occurredAtMs, acceptedAtMs, data, request] = row;
    this.#numbers.push(position as number, acceptedAtMs as number, occurredAtMs as number, 1);
    this.#texts.push(tenant as string, id as string, type as string, subject as string, version as string);
    this.#addBytes(data as Uint8Array, request as Uint8Array | null);
  }

  #addBytes(data: Uint8Array, request: Uint8Array | null): void {
    this.#count += 1;
    this.#bytes += data.length;
    this.#numbers.push(this.#bytes);
    this.#data.push(data);
    if (request !== null) {
      this.#bytes += request.length;
      this.#data.push(request);
    }
    this.#numbers.push(this.#bytes);
  }

  finish(): EventColumns {
    const data = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#data) {
      data.set(part, at);
      at += part.length;
    }
    return { numbers: new Float64Array(this.#numbers), texts: this.#texts, data };
  }
}

export const eventCount = (columns: EventColumns): number => columns.numbers.length / numbersPerEvent;

/** The data of the event at an index, not copied. */
export function eventData(columns: EventColumns, index: number): Uint8Array {
  const { numbers, data } = columns;
  const end = numbers[index * numbersPerEvent + eventNumbers.dataEnd] as number;
  const start = index === 0 ? 0 : (numbers[(index - 1) * numbersPerEvent + eventNumbers.requestEnd] as number);
  return data.subarray(start, end);
}

/** The request that the event at an index came with, not copied; null where it was published. */
export function eventRequest(columns: EventColumns, index: number): Uint8Array | null {
  const { numbers, data } = columns;
  const start = numbers[index * numbersPerEvent + eventNumbers.dataEnd] as number;
  const end = numbers[index * numbersPerEvent + eventNumbers.requestEnd] as number;
  return start === end ? null : data.subarray(start, end);
}

/** The events again. Their data are parts of one buffer. */
export function unpackEvents(columns: EventColumns): StoredEvent[] {
  const { numbers, texts } = columns;
  const events: StoredEvent[] = [];
  for (let index = 0; index < eventCount(columns); index++) {
    const at = index * numbersPerEvent;
    const text = index * textsPerEvent;
    events.push({
      id: texts[text + eventTexts.id] as string,
      tenant: texts[text + eventTexts.tenant] as string,
      type: texts[text + eventTexts.type] as string,
      subject: texts[text + eventTexts.subject] as string | null,
      occurredAtMs: numbers[at + eventNumbers.occurredAtMs] as number,
      version: texts[text + eventTexts.version] as string | null,
      data: eventData(columns, index),
      request: eventRequest(columns, index),
      position: numbers[at + eventNumbers.position] as number,
      acceptedAtMs: numbers[at + eventNumbers.acceptedAtMs] as number,
    });
  }
  return events;
}

export const eventBuffers = (columns: EventColumns): ArrayBuffer[] => [columns.numbers.buffer, columns.data.buffer];
