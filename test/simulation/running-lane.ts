/**
 * Runs one lane in a simulated process: gives it turns and does what it says, with delays, room and answers that the
 * seed draws. Everything that it learns it journals.
 */
import type { AttemptResult } from "../../src/core/attempt.ts";
import { orderingOf } from "../../src/core/endpoint-order.ts";
import {
  attemptSlow,
  beginLoad,
  eventGone,
  eventsPassed,
  eventTaken,
  type Flight,
  type Lane,
  type LaneTurn,
  type ParkedChange,
  parkedLoaded,
  turnCame,
} from "../../src/core/lane.ts";
import { orderKey } from "../../src/core/lane-key.ts";
import { manualSettled } from "../../src/core/lane-manual.ts";
import { keysLoaded, orderedTaken } from "../../src/core/lane-order.ts";
import { replaySettled } from "../../src/core/lane-replay.ts";
import { attemptSettled, type Settlement } from "../../src/core/lane-settle.ts";
import { limits } from "../../src/core/limits.ts";
import { learn } from "./learning.ts";
import { type Answer, answerOf } from "./scripted-receiver.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { Watch } from "./watch.ts";
import type { SimulatedEndpoint } from "./world.ts";

interface Sending {
  readonly position: number;
  readonly flight: Flight;
}

const eventsPerPage = 64;
/** More turns than this without a rest are a loop that never ends. */
const turnsInARow = 5_000;
const slowTickMsMax = 1_500;
/** It takes up to this long until what an attempt says of its endpoint is configured. */
const disableDelayMsMax = 500;

export class RunningLane {
  readonly endpoint: SimulatedEndpoint;
  readonly lane: Lane;
  readonly watch: Watch;
  readonly #process: SimulatedProcess;
  /** Beyond `after` and up to `through`, the log is at hand. */
  #page: { after: number; through: number } | null = null;
  #isFetching = false;
  #wakeAtMs: number | null = null;

  constructor(process: SimulatedProcess, endpoint: SimulatedEndpoint, lane: Lane) {
    this.endpoint = endpoint;
    this.lane = lane;
    this.watch = new Watch(lane, endpoint, process.world);
    this.#process = process;
  }

  turn(): void {
    for (let turns = 0; turns < turnsInARow; turns++) {
      this.watch.happened();
      const { fraction } = this.#process.world;
      const room = { first: fraction() < 0.9, retry: fraction() < 0.8 };
      const turn = turnCame(this.lane, this.endpoint.settings, { nowMs: this.#nowMs, room });
      if (!this.#does(turn)) return;
    }
    throw new Error("a lane that never comes to rest");
  }

  /** Asks the store, after everything noted so far is durable. */
  load({ limit, ticket, givenUpSinceMs }: LaneTurn & { do: "load" }): void {
    const { world, journal } = this.#process;
    const { number } = this.endpoint;
    journal.whenDurable(() => {
      const { rows, total } = world.store.parkedDue(number, limit);
      const asksGivenUp = rows.length === 0 && givenUpSinceMs !== null;
      const givenUp = asksGivenUp ? world.store.firstExhausted(number, givenUpSinceMs) : null;
      const answer = { rows: givenUp === null ? rows : [givenUp], total, limit, ticket };
      const isSlow = world.fraction() < 0.1;
      this.#process.later(isSlow ? 2_000 : this.#upTo(10), () => {
        parkedLoaded(this.lane, answer);
        this.turn();
      });
    });
  }

  changed(changes: readonly ParkedChange[]): void {
    for (const change of changes) {
      this.watch.rowsChanged(change);
      this.#process.journal.change(this.endpoint.number, change);
    }
    if (changes.some((change) => change.do === "revive")) this.load(beginLoad(this.lane));
  }

  sendByHand({ position, flight }: Sending): void {
    this.watch.sentByHand(position, flight);
    const { result, durationMs } = this.#ask(position);
    this.#process.later(durationMs, () => {
      const settlement = manualSettled(this.lane, { position, result, nowMs: this.#nowMs });
      const sinceMs = this.watch.endedByHand(position, result.errorClass === null);
      this.#settled({ position, result, settlement, sinceMs });
    });
    this.watch.happened();
  }

  sendForReplay({ position, flight }: Sending): void {
    this.watch.sentByHand(position, flight);
    this.watch.mayBeSentAgain(position);
    this.#process.world.replayed += 1;
    const { result, durationMs } = this.#ask(position);
    this.#process.later(durationMs, () => {
      const { fraction } = this.#process.world;
      const ended = { position, result, nowMs: this.#nowMs, random: fraction(), isTaken: true };
      const settlement = replaySettled(this.lane, this.endpoint.settings, ended);
      const sinceMs = this.watch.endedForReplay(position, settlement, result.errorClass === null);
      this.#settled({ position, result, settlement, sinceMs });
    });
    this.watch.happened();
  }

  /** Does what the lane wants; false where its next turn is not now. */
  #does(turn: LaneTurn): boolean {
    switch (turn.do) {
      case "send":
        this.#send(turn);
        return true;
      case "load":
        this.load(turn);
        return true;
      case "note":
        this.changed(turn.changes);
        return true;
      case "learn":
        learn(this.#process, this, turn);
        return false;
      case "loadKeys":
        this.#loadKeys(turn);
        return true;
      case "read":
        return this.#read();
      case "yield":
        this.#process.later(1 + this.#upTo(40), () => this.turn());
        return false;
      case "rest":
        this.#rest(turn.untilMs);
        return false;
    }
  }

  #rest(untilMs: number | null): void {
    if (untilMs === null) return;
    this.watch.rests(untilMs);
    if (this.#wakeAtMs !== null && this.#wakeAtMs <= untilMs) return;
    this.#wakeAtMs = untilMs;
    this.#process.later(untilMs - this.#nowMs + this.#upTo(20), () => {
      if (this.#wakeAtMs !== untilMs) return;
      this.#wakeAtMs = null;
      this.turn();
    });
  }

  /** Reads on where the log is at hand, and answers false where it has to be fetched first. */
  #read(): boolean {
    const { lane, endpoint } = this;
    const page = this.#page;
    if (page === null || lane.readPosition < page.after || lane.readPosition >= page.through) {
      this.#fetch();
      return false;
    }
    this.#process.journal.changed(endpoint.number);
    for (let position = lane.readPosition + 1; position <= page.through; position++) {
      if (!endpoint.takes(position)) continue;
      const turn = this.#take(position);
      if (turn?.do === "send") this.#send(turn);
      else if (turn?.do === "note") this.changed(turn.changes);
      return true;
    }
    eventsPassed(lane, page.through, page.through >= this.#process.dispatchedTo);
    return true;
  }

  #take(position: number): LaneTurn | null {
    const { lane, endpoint } = this;
    if (lane.order === null) return eventTaken(lane, position, this.#nowMs);
    const key = orderKey(orderingOf(endpoint.settings), endpoint.subjectOf?.(position) ?? null);
    return orderedTaken(lane, { position, key }, this.#nowMs);
  }

  #loadKeys({ keys, limit, ticket }: LaneTurn & { do: "loadKeys" }): void {
    const { world, journal } = this.#process;
    journal.whenDurable(() => {
      const rows = world.store.parkedOfKeys(this.endpoint.number, keys, limit);
      this.#process.later(world.fraction() < 0.1 ? 2_000 : this.#upTo(10), () => {
        keysLoaded(this.lane, { rows, ticket });
        this.turn();
      });
    });
  }

  #fetch(): void {
    if (this.#isFetching) return;
    this.#isFetching = true;
    const after = this.lane.readPosition;
    this.#process.later(this.#upTo(20), () => {
      this.#isFetching = false;
      // Never beyond what was dispatched: that is where a lane that is not behind stands after a crash.
      this.#page = { after, through: Math.min(this.#process.dispatchedTo, after + eventsPerPage) };
      if (this.#page.through <= after && this.lane.readPosition === after) {
        eventsPassed(this.lane, after, true);
        this.#process.journal.changed(this.endpoint.number);
      }
      this.turn();
    });
  }

  #send({ position, flight }: Sending): void {
    this.#process.journal.changed(this.endpoint.number);
    if (position < this.#process.world.store.earliest) {
      const change = eventGone(this.lane, position);
      this.changed(change === null ? [] : [change]);
      return;
    }
    this.watch.sent(position, flight);
    const { result, durationMs } = this.#ask(position);
    this.#process.later(limits.slowAfterMs + this.#upTo(slowTickMsMax), () => {
      if (this.lane.flights.get(position) !== flight) return;
      const change = attemptSlow(this.lane, position);
      if (change !== null) this.changed([change]);
      if (this.lane.order !== null) this.turn();
    });
    this.#process.later(durationMs, () => {
      const ended = { position, result, nowMs: this.#nowMs, random: this.#process.world.fraction() };
      const settlement = attemptSettled(this.lane, this.endpoint.settings, ended);
      const sinceMs = this.watch.ended(position, settlement);
      this.#settled({ position, result, settlement, sinceMs });
    });
  }

  #ask(position: number): Answer {
    const { world } = this.#process;
    const answer = answerOf(this.endpoint.receiver, position, { nowMs: this.#nowMs, fraction: world.fraction });
    world.answered(this.endpoint.number, position, answer.result.errorClass === null);
    return answer;
  }

  #settled(ended: { position: number; result: AttemptResult; settlement: Settlement; sinceMs: number | null }): void {
    const { position, result, settlement, sinceMs } = ended;
    const { journal } = this.#process;
    const { number: endpointNumber } = this.endpoint;
    const { number, trigger, startedAtMs } = settlement.flight;
    if (sinceMs !== null) journal.recovered(endpointNumber, sinceMs, this.#nowMs);
    journal.attempt({ ...result, endpointNumber, position, number, trigger, startedAtMs });
    this.changed(settlement.changes);
    if (settlement.disable !== null) this.#process.later(this.#upTo(disableDelayMsMax), () => this.#disable());
    this.turn();
  }

  #disable(): void {
    this.endpoint.settings.status = "disabled";
    this.turn();
  }

  get #nowMs(): number {
    return this.#process.world.time.nowMs;
  }

  #upTo(delayMs: number): number {
    return delayMs * this.#process.world.fraction();
  }
}
