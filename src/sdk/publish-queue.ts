/**
 * Events on their way to the server, in the order in which they were given: one request is under way, and what comes
 * meanwhile is gathered for the next. An id is made before the first attempt, so that sending again stores once.
 */
import { TrotlineApiError } from "./api-error.ts";
import { freshEventId } from "./event-id.ts";
import { type PackedEvent, Parcel } from "./parcel.ts";
import type { Transport } from "./transport.ts";
import type { NewEvent, PublishedEvent } from "./wire.ts";

/** One request has at most so many events that were given singly, and bytes of them. */
const eventsPerRequestMax = 1000;
const bytesPerRequestMax = 8 * 1024 * 1024;
/** Bytes that wait or are under way; beyond it, publishing is refused until some have been answered. */
const bytesWaitingMax = 128 * 1024 * 1024;
/** Calls that wait or are under way: each holds about 2 KB, however small its event is. */
const callsWaitingMax = 100_000;
/** Statuses that may be about one event of many, so that the others are sent without it. */
const statusesOfContent = [400, 409, 413, 422];

interface PublishedBatch {
  readonly data: readonly PublishedEvent[];
}

export class PublishQueue {
  readonly #transport: Transport;
  #waiting: Parcel[] = [];
  #bytes = 0;
  #calls = 0;
  #isRunning = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Resolves once the events are durable. An array is stored whole or not at all. */
  publish(events: readonly NewEvent[], isArray: boolean, signal: AbortSignal | undefined): Promise<PublishedEvent[]> {
    signal?.throwIfAborted();
    const packed = events.map((event) => pack(event, this.#transport.settings.tenant));
    const bytes = packed.reduce((sum, event) => sum + event.bytes, 0);
    if (this.#bytes > 0 && this.#bytes + bytes > bytesWaitingMax) {
      throw new RangeError(`More than ${bytesWaitingMax} bytes wait to be published: await some of them first.`);
    }
    if (this.#calls >= callsWaitingMax) {
      throw new RangeError(`More than ${callsWaitingMax} calls wait to be published: await some of them first.`);
    }
    this.#bytes += bytes;
    this.#calls += 1;
    const { totalMsMax: patienceMs } = this.#transport.settings.retry;
    const parcel = new Parcel(packed, { bytes, isArray, signal, patienceMs });
    this.#waiting.push(parcel);
    if (!this.#isRunning) {
      this.#isRunning = true;
      // What the same turn of the program publishes goes together.
      queueMicrotask(() => void this.#run());
    }
    return parcel.answer;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const parcels = this.#next();
      await this.#send(parcels);
      for (const parcel of parcels) this.#bytes -= parcel.bytes;
      this.#calls -= parcels.length;
    }
    this.#isRunning = false;
  }

  /** An array, or as many single events as one request takes. */
  #next(): Parcel[] {
    let bytes = 0;
    let count = 0;
    for (const parcel of this.#waiting) {
      bytes += parcel.bytes;
      const isFull = count === eventsPerRequestMax || bytes > bytesPerRequestMax;
      if (count > 0 && (isFull || parcel.isArray)) break;
      count += 1;
      if (parcel.isArray) break;
    }
    return this.#waiting.splice(0, count);
  }

  /** Settles all of them. Those that a refusal is not about are sent again, in their order. */
  async #send(parcels: readonly Parcel[]): Promise<void> {
    const groups = [parcels];
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      const due = group.filter((parcel) => !parcel.isSettled);
      if (due.length > 0) groups.unshift(...(await this.#sendGroup(due)));
    }
  }

  /** The groups that are to be sent yet. */
  async #sendGroup(parcels: readonly Parcel[]): Promise<Parcel[][]> {
    const request = new AbortController();
    let unsettled = parcels.length;
    const onSettled = (): void => {
      unsettled -= 1;
      if (unsettled === 0) request.abort(); // Nobody waits for its answer any more.
    };
    for (const parcel of parcels) parcel.onSettled = onSettled;
    const events = parcels.flatMap((parcel) => parcel.events);
    try {
      const { data } = await this.#request(parcels, events, request.signal);
      let at = 0;
      for (const parcel of parcels) {
        parcel.resolve(data.slice(at, at + parcel.events.length));
        at += parcel.events.length;
      }
      return [];
    } catch (error) {
      return apart(parcels, error);
    }
  }

  #request(parcels: readonly Parcel[], events: readonly PackedEvent[], signal: AbortSignal): Promise<PublishedBatch> {
    return this.#transport.call<PublishedBatch>({
      method: "POST",
      path: "/v1/events",
      text: `[${events.map((event) => event.text).join(",")}]`,
      signal,
      onRetry: ({ error }) => {
        for (const parcel of parcels) parcel.lastError = error;
      },
      isAnswer: (json) => isAnswerTo(json, events),
    });
  }
}

/** Only an answer that names these very events says that they are stored. */
function isAnswerTo(json: unknown, events: readonly PackedEvent[]): boolean {
  const data = (json as { data?: unknown } | null)?.data;
  if (!Array.isArray(data) || data.length !== events.length) return false;
  return events.every((event, index) => {
    const item = data[index] as Partial<PublishedEvent> | null;
    return item?.id === event.id && typeof item.cursor === "string";
  });
}

/** Rejects those that the error is about, and answers the groups in which the others can still be sent. */
function apart(parcels: readonly Parcel[], error: unknown): Parcel[][] {
  const isOfContent = error instanceof TrotlineApiError && statusesOfContent.includes(error.status);
  if (parcels.length === 1 || !isOfContent) {
    for (const parcel of parcels) parcel.reject(parcel.isArray ? error : ofOne(error));
    return [];
  }
  const named = error.errors.filter(({ index }) => parcels[index] !== undefined);
  for (const item of named) {
    const { status, retryable, requestId } = error;
    const { code, detail, field } = item;
    parcels[item.index]?.reject(
      new TrotlineApiError({ status, code, detail, field: field ?? null, retryable, requestId }),
    );
  }
  if (named.length > 0) return [parcels.filter((parcel) => !parcel.isSettled)];
  // It does not say which event it is about: halves of halves will.
  const middle = Math.ceil(parcels.length / 2);
  return [parcels.slice(0, middle), parcels.slice(middle)];
}

/** The error about one event, as if it had been sent alone. */
function ofOne(error: unknown): unknown {
  if (!(error instanceof TrotlineApiError) || error.errors.length !== 1) return error;
  const { status, retryable, requestId } = error;
  const [{ code, detail, field }] = error.errors as [TrotlineApiError["errors"][number]];
  return new TrotlineApiError({ status, code, detail, field: field ?? null, retryable, requestId });
}

const encoder = new TextEncoder();

/** The event as JSON text now, so that what the program changes later changes nothing. */
function pack(event: NewEvent, tenant: string | undefined): PackedEvent {
  const id = event.id ?? freshEventId();
  if (event.data === undefined) throw new TypeError("An event needs `data`: any JSON value, null included.");
  const text = JSON.stringify({ ...(tenant !== undefined && { tenant }), ...event, id });
  return { id, text, bytes: encoder.encode(text).length };
}
