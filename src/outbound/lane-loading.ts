/**
 * Asks the store what a lane wants to know: which parked deliveries are due, and of an ordered one which of its keys
 * stand, and what comes next of a key. Each question is asked when the store knows everything that was noted, and again
 * until it is answered. Part of stage 2; what is done with the answers is in `core/lane.ts`, `core/lane-learn.ts` and
 * `core/lane-order.ts`.
 */
import type { ParkedDelivery } from "../core/delivery.ts";
import { beginLoad, type LaneTurn, type ParkedChange, parkedLoaded } from "../core/lane.ts";
import { orderKey } from "../core/lane-key.ts";
import { keysLearnt, learningIsOvertaken, misfit, rowIdentified, type StandingKey } from "../core/lane-learn.ts";
import { keysLoaded } from "../core/lane-order.ts";
import type { Clock } from "../core/ports.ts";
import { latestDueAtMs } from "../core/retry-policy.ts";
import type { Store } from "../log/store.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { RunningLane } from "./running-lane.ts";

/** Keys, and rows whose key is not known, that are read at once. */
const keysPerPage = 1000;
const rowsPerPage = 256;
const bytesPerRead = 1024 * 1024;
const beforeAnyKey = Number.MIN_SAFE_INTEGER;

export interface LaneLoadingOptions {
  readonly store: Store;
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly isClosing: () => boolean;
  readonly pauseAfter: (error: unknown) => Promise<void>;
  /** The lane wants a turn. */
  readonly enqueue: (running: RunningLane) => void;
}

export class LaneLoading {
  readonly #options: LaneLoadingOptions;

  constructor(options: LaneLoadingOptions) {
    this.#options = options;
  }

  /** Parked deliveries, the ones that are due first. Begins anew what rows that changed as a whole made stale. */
  load(running: RunningLane, turn = beginLoad(running.lane)): Promise<void> {
    const { limit, ticket, givenUpSinceMs } = turn;
    const { number } = running.endpoint;
    return this.#atLast(running, async () => {
      const { journal } = this.#options.store;
      await this.#options.journal.flushed();
      if (running.isRemoved || this.#options.isClosing()) return;
      const { rows, total } = await journal.parkedDue(number, limit);
      const asksGivenUp = rows.length === 0 && givenUpSinceMs !== null;
      const givenUp = asksGivenUp ? await journal.firstExhausted(number, givenUpSinceMs) : null;
      const known = givenUp === null ? this.#bounded(running, rows) : [givenUp];
      parkedLoaded(running.lane, { rows: known, total, limit, ticket });
    });
  }

  /** Ends when the lane knows, or what was asked is no longer the truth. Asks again while the store does not answer. */
  learn(running: RunningLane, turn: LaneTurn & { do: "learn" }): Promise<void> {
    return this.#atLast(running, async () => {
      while (!learningIsOvertaken(running.lane, turn.ticket)) {
        await this.#options.journal.flushed();
        if (await this.#step(running, turn)) return;
      }
    });
  }

  loadKeys(running: RunningLane, turn: LaneTurn & { do: "loadKeys" }): Promise<void> {
    const { keys, limit, ticket } = turn;
    return this.#atLast(running, async () => {
      const { journal } = this.#options.store;
      await this.#options.journal.flushed();
      const rows = await journal.parkedOfKeys(running.endpoint.number, keys, limit);
      keysLoaded(running.lane, { rows: this.#bounded(running, rows), ticket });
    });
  }

  /** What was written while the clock was wrong comes no later than it could by its endpoint's schedule. */
  #bounded({ endpoint }: RunningLane, rows: readonly ParkedDelivery[]): ParkedDelivery[] {
    const latestMs = latestDueAtMs(endpoint, this.#options.clock.steadyMs());
    return rows.map((row) => (row.dueAtMs > latestMs ? { ...row, dueAtMs: latestMs } : row));
  }

  /** True when it knows. Otherwise rows were changed that did not fit, and it is asked once more. */
  async #step(running: RunningLane, turn: LaneTurn & { do: "learn" }): Promise<boolean> {
    const { lane } = running;
    const standing = await this.#standing(running);
    if (lane.order === null || learningIsOvertaken(lane, turn.ticket)) return false;
    const change = misfit(lane.order, running.endpoint, standing);
    if (change === null) {
      const keys = await this.#keysOf(running, turn.positions);
      keysLearnt(lane, { ticket: turn.ticket, standing, keys });
      return true;
    }
    const changes = change.do === "identify" ? await this.#identified(running, change.keys) : [change];
    if (!learningIsOvertaken(lane, turn.ticket)) this.#note(running, changes);
    return false;
  }

  async #standing({ endpoint }: RunningLane): Promise<StandingKey[]> {
    const found: StandingKey[] = [];
    for (let after = beforeAnyKey; ; ) {
      const page = await this.#options.store.journal.standingKeys(endpoint.number, { after, limit: keysPerPage });
      for (const key of page) found.push(key);
      const last = page.at(-1);
      if (last === undefined || page.length < keysPerPage) return found;
      after = last.key;
    }
  }

  async #identified(running: RunningLane, keys: readonly number[]): Promise<ParkedChange[]> {
    const { journal } = this.#options.store;
    const rows = await journal.parkedOfKeys(running.endpoint.number, keys, rowsPerPage);
    const positions = rows.map((row) => row.position);
    const known = await this.#keysOf(running, positions);
    return rows.map((row: ParkedDelivery) => rowIdentified(row, known.get(row.position) ?? null));
  }

  /** By their events; those that have left the log are missing. */
  async #keysOf({ endpoint }: RunningLane, positions: readonly number[]): Promise<Map<number, number>> {
    const { events } = this.#options.store;
    const ascending = [...new Set(positions)].sort((left, right) => left - right);
    const keys = new Map<number, number>();
    for (let index = 0; index < ascending.length; ) {
      const after = (ascending[index] as number) - 1;
      const { tenant } = endpoint;
      const page = await events.read({ after, limit: rowsPerPage, bytesMax: bytesPerRead, tenant });
      for (const event of page.events) keys.set(event.position, orderKey(endpoint.ordering, event.subject));
      const through = Math.max(page.through, after + 1);
      while (index < ascending.length && (ascending[index] as number) <= through) index += 1;
    }
    return keys;
  }

  #note(running: RunningLane, changes: readonly ParkedChange[]): void {
    if (!running.isRemoved) this.#options.journal.note(running.endpoint.number, null, changes);
  }

  async #atLast(running: RunningLane, ask: () => Promise<void>): Promise<void> {
    const { isClosing, pauseAfter, enqueue } = this.#options;
    while (!running.isRemoved && !isClosing()) {
      try {
        await ask();
        enqueue(running);
        return;
      } catch (error) {
        await pauseAfter(error);
      }
    }
  }
}
