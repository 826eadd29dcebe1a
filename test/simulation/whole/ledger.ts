/**
 * The independent book on a simulated process: what was published and accepted, what is durable, what receivers were
 * sent and what they answered. It throws where an invariant does not hold.
 */
import assert from "node:assert/strict";
import type { EndpointStatus } from "../../../src/core/endpoint.ts";
import type { StoredEvent } from "../../../src/core/event.ts";
import { jitterRatio } from "../../../src/core/retry-policy.ts";
import type { JournalBatch } from "../../../src/log/journal.ts";
import { isUnsettled, SimulatedStore } from "../simulated-store.ts";
import {
  assertMaySend,
  type EndpointBook,
  noteFailure,
  nothingKnown,
  type Outcome,
  type SentAttempt,
} from "./endpoint-book.ts";
import { assertInOrder } from "./order-book.ts";
import type { EndpointPlan } from "./plan.ts";

export class Ledger {
  readonly durable = new SimulatedStore();
  readonly books = new Map<number, EndpointBook>();
  /** By position. */
  readonly events = new Map<number, StoredEvent>();
  readonly positions = new Map<string, number>();
  readonly accepted = new Set<string>();
  sends = 0;
  delivered = 0;
  /** What receivers took once more than they had to, though nobody had asked for it. */
  duplicates = 0;
  /** What was taken, and not journalled, when a process died. */
  atRisk = 0;
  crashes = 0;
  /** The longest that an event of the calm tenant waited for its first attempt, while process and disk were well. */
  calmDelayMsMax = 0;
  /** When the process heard of an event. */
  readonly #toldAtMs = new Map<number, number>();
  #disturbedUntilMs = 0;
  /** Taken by a receiver, and not yet in the durable journal. */
  readonly #unjournalled = new Set<string>();
  readonly #taken = new Set<string>();
  /** The process heard that it was taken, and no crash has undone that. */
  readonly #settled = new Set<string>();
  /** That nobody asked for, in all lives. */
  readonly #attempts = new Map<string, number>();
  /** By endpoint: a person or a replay has them sent again. */
  readonly #again = new Map<number, Set<number>>();
  readonly #durableStatus = new Map<number, EndpointStatus>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  created(number: number, plan: EndpointPlan): void {
    this.durable.createLane(number);
    this.durable.lane(number).record = { ...this.durable.lane(number).record, readPosition: this.durable.head };
    this.books.set(number, { number, plan, maxInFlight: plan.maxInFlight, status: "enabled", ...nothingKnown() });
  }

  book(number: number): EndpointBook {
    const book = this.books.get(number);
    if (book === undefined) throw new Error(`no endpoint has the number ${number}`);
    return book;
  }

  takes(number: number, event: StoredEvent): boolean {
    const { tenant, types } = this.book(number).plan;
    return event.tenant === tenant && (types.length === 0 || types.includes(event.type));
  }

  appended(events: readonly StoredEvent[]): void {
    for (const event of events) {
      assert.equal(event.position, this.durable.head + 1, "positions are dense, in the order of commits");
      const key = `${event.tenant} ${event.id}`;
      // What retention has removed is forgotten, its id too.
      const before = this.positions.get(key) ?? 0;
      assert.ok(before < this.durable.earliest, `the event ${event.id} is stored twice`);
      this.durable.head = event.position;
      this.positions.set(key, event.position);
      this.events.set(event.position, event);
    }
  }

  /** The process hears of what was appended. */
  told(events: readonly StoredEvent[]): void {
    for (const { position } of events) this.#toldAtMs.set(position, this.#nowMs());
  }

  /** Process or disk is not well up to then: everybody may be late. */
  disturbedUntil(atMs: number): void {
    this.#disturbedUntilMs = Math.max(this.#disturbedUntilMs, atMs);
  }

  /** The publisher was answered. */
  answered(tenant: string, id: string): void {
    assert.ok(this.positions.has(`${tenant} ${id}`), `the event ${id} was accepted and is not durable`);
    this.accepted.add(`${tenant} ${id}`);
  }

  journalled(batch: JournalBatch): void {
    for (const { position } of batch.dispatched)
      assert.ok(position <= this.durable.head, "what is not in the log was dispatched");
    for (const { endpointNumber, position, errorClass } of batch.attempts) {
      if (errorClass === null) this.#unjournalled.delete(`${endpointNumber} ${position}`);
    }
    const recoveries = batch.changes.flatMap(({ endpointNumber, change }) =>
      change.do === "revive" ? [{ endpointNumber, sinceMs: change.sinceMs, atMs: change.dueAtMs }] : [],
    );
    this.durable.commit({ ...batch, verdicts: { excused: [], recoveries } });
  }

  /** A process begins: of its endpoints it knows what is durable. */
  started(): void {
    for (const book of this.books.values()) {
      Object.assign(book, nothingKnown(), { status: this.#durableStatus.get(book.number) ?? "enabled" });
      book.failures = this.durable.load(book.number).health?.consecutiveFailures ?? 0;
    }
  }

  crashed(): void {
    this.crashes += 1;
    this.atRisk += this.#unjournalled.size;
    for (const delivery of this.#unjournalled) this.#settled.delete(delivery);
    this.#unjournalled.clear();
  }

  mayBeSentAgain(number: number, positions: Iterable<number>): void {
    const again = this.#again.get(number) ?? new Set();
    for (const position of positions) again.add(position);
    this.#again.set(number, again);
  }

  excused(number: number, upTo: number): void {
    const { excused } = this.durable.lane(number);
    for (let position = this.durable.earliest; position <= upTo; position++) excused.add(position);
  }

  /** An attempt begins. `capacity` is checked by whoever counts all of them. */
  sent(attempt: SentAttempt): void {
    const { book, position, flight } = attempt;
    const nowMs = this.#nowMs();
    const what = `the ${flight.trigger} attempt of ${position} at endpoint ${book.number}, at ${nowMs}`;
    const event = this.events.get(position);
    assert.ok(event !== undefined, `${what}: the event is not durable`);
    assert.ok(this.takes(book.number, event), `${what}: it is not the endpoint's`);
    const key = `${book.number} ${position}`;
    this.sends += 1;
    if (book.plan.isCalm && flight.number === 1) this.#noteCalmDelay(position);
    if (this.#settled.has(key))
      assert.ok(this.#isAskedAgain(book.number, position), `${what}: it was delivered before`);
    if (flight.trigger === "manual") book.beside += 1;
    else assertMaySend(attempt, what);
    if (flight.trigger === "manual" || flight.trigger === "replay") return;
    this.#checkOrder(attempt, event, what);
    this.#attempts.set(key, (this.#attempts.get(key) ?? 0) + 1);
  }

  #checkOrder({ book }: SentAttempt, event: StoredEvent, what: string): void {
    const { number, plan, inFlight } = book;
    if (plan.ordering === "none") return;
    const facts = {
      plan,
      event,
      before: this.#owedBefore(number, event.position),
      inFlight,
      eventAt: (position: number) => this.events.get(position)!,
      isDelivered: (position: number) => this.#settled.has(`${number} ${position}`),
      attempts: (position: number) => this.#attempts.get(`${number} ${position}`) ?? 0,
    };
    assertInOrder(facts, what);
  }

  *#owedBefore(number: number, position: number): Iterable<StoredEvent> {
    const { delivered, excused } = this.durable.lane(number);
    for (let before = this.durable.earliest; before < position; before++) {
      const event = this.events.get(before);
      if (event === undefined || delivered.has(before) || excused.has(before)) continue;
      if (this.takes(number, event)) yield event;
    }
  }

  #noteCalmDelay(position: number): void {
    const sinceMs = Math.max(this.#toldAtMs.get(position) ?? 0, this.#disturbedUntilMs);
    this.calmDelayMsMax = Math.max(this.calmDelayMsMax, this.#nowMs() - sinceMs);
  }

  /** The receiver took it, or will have when its answer comes: a crash does not undo that. */
  taken({ book, position }: SentAttempt): void {
    const key = `${book.number} ${position}`;
    if (!this.#taken.has(key)) this.delivered += 1;
    else if (!this.#isAskedAgain(book.number, position)) this.duplicates += 1;
    this.#taken.add(key);
    this.#unjournalled.add(key);
  }

  ended(attempt: SentAttempt, outcome: Outcome): void {
    const { book, position, flight } = attempt;
    const isBeside = flight.trigger === "manual" || flight.trigger === "replay";
    if (isBeside) book.beside -= 1;
    else book.inFlight.delete(position);
    if (outcome.isDelivered) {
      this.#settled.add(`${book.number} ${position}`);
      book.failures = 0;
      book.pauseBeganMs = Number.NEGATIVE_INFINITY;
      return;
    }
    if (flight.trigger === "manual") return;
    noteFailure(attempt, outcome, this.#nowMs());
  }

  /** A status is durable, and will be what a process that starts finds. */
  statusIsDurable(number: number, status: EndpointStatus): void {
    this.#durableStatus.set(number, status);
  }

  /** The process under way knows it too. */
  statusIsTold(number: number, status: EndpointStatus): void {
    const book = this.book(number);
    book.status = status;
    if (status === "enabled") book.isGone = false;
    else book.heldSinceMs = this.#nowMs();
  }

  /** A person enables the endpoint: its failures and the pause that it asked for are history. */
  enabling(number: number): void {
    const { failures, pauseBeganMs, pausedUntilMs, isGone } = nothingKnown();
    Object.assign(this.book(number), { failures, pauseBeganMs, pausedUntilMs, isGone });
  }

  /** What is durable accounts for every event by itself: a crash now would lose none. */
  audit(): void {
    const { earliest, dispatchedTo } = this.durable;
    for (const { number } of this.books.values()) {
      const { rows, delivered, excused } = this.durable.lane(number);
      const record = this.durable.load(number);
      const pending = new Set(record.pending);
      const readTo = record.behind ? record.readPosition : Number.POSITIVE_INFINITY;
      for (let position = earliest; position <= dispatchedTo && position <= readTo; position++) {
        if (delivered.has(position) || excused.has(position) || rows.has(position) || pending.has(position)) continue;
        if (!this.#takesAt(number, position)) continue;
        const state = JSON.stringify({ ...record, dispatchedTo });
        assert.fail(`a crash at ${this.#nowMs()} would lose ${position} at endpoint ${number}: ${state}`);
      }
    }
  }

  /** Everything healed and came to rest: what was accepted is in the log, and every event was delivered or given up. */
  assertNothingLost(isScheduleKnown: boolean): void {
    assert.ok(this.duplicates <= this.atRisk, `${this.duplicates} duplicates, and ${this.atRisk} were at risk`);
    for (const key of this.accepted) assert.ok(this.positions.has(key), `the accepted event ${key} is lost`);
    for (const { number, plan, status } of this.books.values()) {
      if (status === "disabled") continue;
      const { record, rows, delivered, excused } = this.durable.lane(number);
      assert.deepEqual([...rows.values()].filter(isUnsettled), [], `rows of endpoint ${number} that nobody sends`);
      assert.deepEqual(record.pending, [], `deliveries of endpoint ${number} that nobody sends`);
      assert.equal(record.behind, false, `endpoint ${number} is not read to the end`);
      for (let position = this.durable.earliest; position <= this.durable.head; position++) {
        if (delivered.has(position) || excused.has(position) || !this.#takesAt(number, position)) continue;
        const row = rows.get(position);
        assert.ok(row !== undefined, `${position} is lost at endpoint ${number}`);
        if (isScheduleKnown) this.#assertGivenUpRightly(number, position, { atMs: row.dueAtMs, plan });
      }
    }
  }

  /** Its whole schedule was used, and no outage that it fell into has ended since. */
  #assertGivenUpRightly(number: number, position: number, given: { atMs: number; plan: EndpointPlan }): void {
    const { firstStartedAtMs, lastStartedAtMs, recoveries } = this.durable.lane(number);
    const { delaysMs } = given.plan;
    const triedForMs = given.atMs - (firstStartedAtMs.get(position) ?? given.atMs);
    const scheduleMs = delaysMs.reduce((sum, delayMs) => sum + delayMs * (1 - jitterRatio) - 1, 0);
    assert.ok(triedForMs >= scheduleMs, `${position} was given up after ${triedForMs} of ${scheduleMs} ms`);
    const startedAtMs = lastStartedAtMs.get(position) ?? given.atMs;
    const missed = recoveries.find(({ sinceMs, atMs }) => sinceMs <= given.atMs && startedAtMs < atMs);
    assert.equal(missed, undefined, `${position} was given up in an outage of endpoint ${number} that ended`);
  }

  #isAskedAgain(number: number, position: number): boolean {
    return this.#again.get(number)?.has(position) === true;
  }

  #takesAt(number: number, position: number): boolean {
    const event = this.events.get(position);
    return event !== undefined && this.takes(number, event);
  }
}
