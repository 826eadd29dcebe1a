/** Receivers in virtual time: what is sent is held against the ledger, and answered in the mood of the moment. */
import assert from "node:assert/strict";
import type { App } from "../../../src/app.ts";
import type { AttemptResult } from "../../../src/core/attempt.ts";
import type { Sender, SendRequest } from "../../../src/core/ports.ts";
import type { Capacity } from "../../../src/outbound/ready-lanes.ts";
import { answerOf } from "../scripted-receiver.ts";
import type { SentAttempt } from "./endpoint-book.ts";
import type { Ledger } from "./ledger.ts";
import type { Trace } from "./trace.ts";
import type { Life, VirtualLoop } from "./virtual-loop.ts";

export interface SenderParts {
  readonly loop: VirtualLoop;
  readonly life: Life;
  readonly ledger: Ledger;
  readonly trace: Trace;
  readonly fraction: () => number;
  readonly capacity: Capacity;
  /** The process that sends, as soon as it has started; what it sends before waits for a connection until then. */
  readonly ready: Promise<App>;
  /** The steady clock of this process, less the world's time. */
  readonly steadyOffsetMs: number;
  readonly noteSent: (attempt: SentAttempt, isDelivered: boolean) => void;
  /** Hides from the process what it should heed: a planted bug. */
  readonly hidesRetryAfter: boolean;
}

export class SimulatedSender implements Sender {
  readonly #parts: SenderParts;
  #inFlight = 0;
  readonly #inFlightOfOrigin = new Map<string, number>();

  #app: App | null = null;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    void parts.ready.then((app) => {
      this.#app = app;
    });
  }

  async send(request: SendRequest): Promise<AttemptResult> {
    const { ledger, loop, ready } = this.#parts;
    if (this.#app === null) await ready;
    try {
      const attempt = this.#attempt(request);
      ledger.sent(attempt);
      return await this.#answer(attempt, request);
    } catch (error) {
      loop.fail(error as Error);
      return new Promise(() => {});
    }
  }

  abortAll(): void {}

  async close(): Promise<void> {}

  #attempt(request: SendRequest): SentAttempt {
    const { ledger, steadyOffsetMs } = this.#parts;
    const number = Number(/\/endpoints\/(\d+)$/.exec(request.url)?.[1]);
    const book = ledger.book(number);
    const { id, type, data } = JSON.parse(Buffer.from(request.body).toString("utf8"));
    const sentId = request.headers[request.headers.indexOf("webhook-id") + 1];
    assert.equal(sentId, id, "the header and the body name the same event");
    const position = ledger.positions.get(`${book.plan.tenant} ${id}`);
    assert.ok(position !== undefined, `the event ${id}, which is not durable, was sent to endpoint ${number}`);
    const event = ledger.events.get(position)!;
    assert.equal(type, event.type);
    assert.equal(JSON.stringify(data), Buffer.from(event.data).toString("utf8"), "its data is as it was published");
    const lane = this.#app?.dispatcher.lanes.get(number)?.lane;
    const flight = lane?.flights.get(position) ?? lane?.manuals.get(position);
    assert.ok(flight !== undefined, `${position} is sent to endpoint ${number}, and not in flight there`);
    return { book, position, flight, decidedAtMs: flight.startedAtMs - steadyOffsetMs };
  }

  #answer(attempt: SentAttempt, request: SendRequest): Promise<AttemptResult> {
    const { loop, life, ledger, trace, fraction, hidesRetryAfter, noteSent } = this.#parts;
    const { book, position, flight } = attempt;
    const now = { nowMs: loop.nowMs, fraction };
    const { result, durationMs } = answerOf(book.plan.receiver, position, now);
    const isDelivered = result.errorClass === null;
    trace.note("send", book.number, position, flight.trigger, flight.number);
    if (isDelivered) ledger.taken(attempt);
    noteSent(attempt, isDelivered);
    const { origin } = new URL(request.url);
    this.#count(origin, 1);
    return new Promise((resolve) => {
      loop.plan(life, Math.min(durationMs, request.timeoutMs), () => {
        this.#count(origin, -1);
        trace.note("answer", book.number, position, result.status ?? result.errorClass ?? "");
        ledger.ended(attempt, { isDelivered, status: result.status, retryAfterMs: result.retryAfterMs });
        resolve(hidesRetryAfter ? { ...result, retryAfterMs: null } : result);
      });
    });
  }

  /** Attempts by hand go beside every share. */
  #count(origin: string, change: 1 | -1): void {
    const { loop, capacity, ledger } = this.#parts;
    this.#inFlight += change;
    const ofOrigin = (this.#inFlightOfOrigin.get(origin) ?? 0) + change;
    this.#inFlightOfOrigin.set(origin, ofOrigin);
    loop.isBusy = this.#inFlight > 0;
    let beside = 0;
    for (const book of ledger.books.values()) beside += book.beside;
    assert.ok(this.#inFlight <= capacity.perProcess + beside, `${this.#inFlight} attempts are in flight`);
    assert.ok(ofOrigin <= capacity.perOrigin + beside, `${ofOrigin} attempts are in flight at ${origin}`);
  }
}
