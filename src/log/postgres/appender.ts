/** Appends: while one group is on its way, the next collects. */
import { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { AppendOutcome, AppendRequest, PublishedEvent } from "../event-log.ts";
import { appendParameters, learn, type PlannedRows } from "./append-columns.ts";
import { type AppendPlan, knowNothing, placed, planAppend } from "./append-plan.ts";
import { AppendQueue, type AppendTask } from "./append-queue.ts";
import type { Row, Run } from "./database.ts";
import type { LogEnd } from "./log-end.ts";
import type { StoreParts } from "./parts.ts";
import { storedEvent } from "./stored-event.ts";

export interface AppenderOptions {
  /** What may wait for the database; beyond it appends are refused with `overloaded`. */
  readonly queueEventsMax: number;
  readonly queueBytesMax: number;
  /** After something was stored. */
  readonly onStored: () => void;
}

/** The log may learn of an id between two tries, from others; it cannot be outrun for ever. */
const triesMax = 20;

export class Appender {
  readonly #parts: StoreParts;
  readonly #end: LogEnd;
  readonly #onStored: () => void;
  readonly #queue: AppendQueue;
  #underWay = 0;
  #running: Promise<void> | null = null;
  #isClosing = false;

  constructor(parts: StoreParts, end: LogEnd, options: AppenderOptions) {
    this.#parts = parts;
    this.#end = end;
    this.#onStored = options.onStored;
    this.#queue = new AppendQueue({ rows: options.queueEventsMax, bytes: options.queueBytesMax });
  }

  get queued(): number {
    return this.#queue.rows + this.#underWay;
  }

  append(request: AppendRequest): Promise<AppendOutcome> {
    if (this.#isClosing) return Promise.reject(new TrotlineError("shutting-down", "The store is closing."));
    // Before anything is made of it: publishers come again and again while the database is away.
    const refusal = this.#end.trouble() ?? this.#parts.appending.refusal();
    if (refusal !== null) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#queue.add({ request, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Puts events into the log as a part of somebody's transaction; what the log has already is passed over. */
  async announce(run: Run, events: readonly PublishedEvent[]): Promise<void> {
    const { events: once } = planAppend([{ events, atomic: false, idempotency: null }], knowNothing());
    const row = await this.#send(run, { events: once, asked: [], keys: [], redelivered: new Map() }, true);
    if (row.outcome === "forked") throw this.#end.fork();
  }

  /** Takes nothing new, and finishes what was taken. */
  async close(): Promise<void> {
    this.#isClosing = true;
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    // What arrives in one turn of the event loop goes together.
    await new Promise(setImmediate);
    for (let group = this.#queue.take(); group.length > 0; group = this.#queue.take()) {
      this.#underWay = group.reduce((rows, { request }) => rows + request.events.length, 0);
      await this.#commit(group);
      this.#underWay = 0;
    }
    // In the turn in which nothing waited: what comes later begins anew.
    this.#running = null;
  }

  async #commit(group: readonly AppendTask[]): Promise<void> {
    try {
      const outcomes = await this.#append(group.map(({ request }) => request));
      for (const [index, task] of group.entries()) task.resolve(outcomes[index] as AppendOutcome);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  async #append(requests: readonly AppendRequest[]): Promise<readonly AppendOutcome[]> {
    const knowledge = knowNothing();
    for (let tries = 1; tries <= triesMax; tries++) {
      const plan = planAppend(requests, knowledge);
      if (isAnswered(plan)) return plan.outcomes;
      const row = await this.#send(this.#parts.appending.run, plan, false);
      if (row.outcome === "known") learn(knowledge, plan, row);
      else return this.#settle(plan, row);
    }
    throw new TrotlineError("store-unavailable", "Others store the same events at the same time.");
  }

  async #send(run: Run, plan: PlannedRows, skipsKnown: boolean): Promise<Row> {
    const trouble = this.#end.trouble();
    if (trouble !== null) throw trouble;
    const nowMs = this.#parts.clock.steadyMs();
    const keysThroughMs = nowMs - limits.idempotencyKeyAgeMs;
    const known = { epoch: this.#end.epoch, head: this.#end.head };
    const times = { nowMs, keysThroughMs, skipsKnown };
    const [row] = await run("events-append", appendParameters(plan, known, times));
    if (row === undefined) throw new Error("trotline.append_events answers one row");
    return row;
  }

  /** Everybody who listens is given what was stored, and then those are answered who wanted it stored. */
  async #settle(plan: AppendPlan, row: Row): Promise<readonly AppendOutcome[]> {
    if (row.outcome === "forked") throw this.#end.fork();
    const headBefore = Number(row.head_before);
    const acceptedAtMs = Number(row.accepted_at_ms);
    const stored = plan.events.map((event, index) => storedEvent(event, headBefore + index + 1, acceptedAtMs));
    if (stored.length > 0) this.#onStored();
    await this.#shown(row, stored);
    return plan.outcomes.map((outcome) =>
      outcome.kind === "idempotency-mismatch"
        ? outcome
        : {
            ...outcome,
            items: outcome.items.map((item) => ({ ...item, position: placed(item.position, headBefore) })),
          },
    );
  }

  /** What is stored is answered as stored, also where what stands before it cannot be read yet: it is shown later. */
  async #shown(row: Row, stored: readonly StoredEvent[]): Promise<void> {
    try {
      await this.#end.appended(row, stored);
    } catch (error) {
      if (!(error instanceof TrotlineError) || error.code !== "store-unavailable") throw error;
      this.#parts.logger.warn({ err: error }, "Events were stored that cannot be shown yet.");
    }
  }
}

const isAnswered = ({ events, asked, keys, redelivered }: AppendPlan): boolean =>
  events.length + asked.length + keys.length + redelivered.size === 0;
