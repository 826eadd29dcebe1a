/**
 * Replays: ranges of the log that are sent to an endpoint again, beside its live traffic. Each counts first and then
 * sends (`replay-run.ts`), one event a turn, in turns with the others, in room of their own (`replay-share.ts`).
 */
import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import { newReplay, type Replay, type ReplayMove, type ReplayPlan, resumption } from "../core/replay.ts";
import type { Store } from "../log/store.ts";
import type { Registry } from "../registry/registry.ts";
import type { Attempter } from "./attempt.ts";
import type { Dispatcher } from "./dispatch.ts";
import { Queue } from "./queue.ts";
import { ReplayAttempts } from "./replay-attempts.ts";
import { ReplayReading } from "./replay-reading.ts";
import { ReplayRun, type ReplayRunParts } from "./replay-run.ts";
import { ReplayShare } from "./replay-share.ts";
import { WakeQueue } from "./wake-queue.ts";

/** Turns given before the event loop has one. */
const turnsPerPass = 64;
/** How often each is asked what it wants, whatever happens: its endpoint may have come back, or room be free. */
const lookEveryMs = 250;
/** Whoever makes a replay waits this long for its count. */
const countWaitMs = 5000;

export interface ReplaysOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly dispatcher: Dispatcher;
  readonly attempter: Attempter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export class Replays {
  readonly #options: ReplaysOptions;
  readonly #parts: ReplayRunParts;
  readonly #runs = new Map<string, ReplayRun>();
  readonly #active = new Set<ReplayRun>();
  readonly #turns = new Queue<ReplayRun>();
  /** Those that met a full share. */
  #waiting: ReplayRun[] = [];
  /** Those whose endpoint's rate is used up. */
  readonly #wakes: WakeQueue<ReplayRun>;
  #creating = 0;
  #isPassing = false;
  #isClosing = false;
  #timer: NodeJS.Timeout | null = null;

  private constructor(options: ReplaysOptions) {
    const { store, dispatcher } = options;
    const share = new ReplayShare(dispatcher.ready);
    const isClosing = (): boolean => this.#isClosing;
    this.#options = options;
    this.#wakes = new WakeQueue(
      () => options.clock.steadyMs(),
      (run) => this.#wake(run),
    );
    this.#parts = {
      ...options,
      store: store.replays,
      share,
      isClosing,
      reading: new ReplayReading({ ...options, journal: dispatcher.journal }),
      attempts: new ReplayAttempts({ ...options, share, isClosing }),
      earliest: () => store.events.bounds().earliest,
      wake: (run) => this.#wake(run),
      wakeAt: (run, atMs) => this.#wakes.set(run, atMs),
      roomFreed: () => this.#roomFreed(),
    };
  }

  /** Loads what is stored, and goes on with what had not ended. */
  static async start(options: ReplaysOptions): Promise<Replays> {
    const replays = new Replays(options);
    const stored = await options.store.replays.load();
    for (const record of stored) replays.#add(new ReplayRun(record, replays.#parts));
    replays.#forgetOldest();
    return replays;
  }

  /**
   * Makes a replay, and begins it. Answers when it has counted, or while it still counts after five seconds. Refuses
   * with `replay-limit`.
   */
  async create(plan: ReplayPlan): Promise<Replay> {
    const { clock, random } = this.#options;
    if (this.#isClosing) throw new TrotlineError("shutting-down", "The server is stopping.");
    if (this.room <= 0) {
      throw new TrotlineError("replay-limit", `There are ${limits.replaysActive} replays that have not ended.`);
    }
    const nowMs = clock.wallMs();
    const run = new ReplayRun(newReplay(plan, { id: makeId("rpl", nowMs, random.bytes(16)), nowMs }), this.#parts);
    this.#creating += 1;
    try {
      await run.kept.create();
    } finally {
      this.#creating -= 1;
    }
    this.#add(run);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, countWaitMs).unref();
    });
    await Promise.race([run.count(), patience]);
    clearTimeout(timer);
    return run.kept.view;
  }

  /** How many more may begin. */
  get room(): number {
    return limits.replaysActive - this.#active.size - this.#creating;
  }

  /** The replay, or `replay-not-found`. */
  require(id: string): Replay {
    return this.#run(id).kept.view;
  }

  /** Newest first, beginning after `afterId`; those that `sees` takes. */
  list(query: { endpointId?: string; sees?: (replay: Replay) => boolean; afterId?: string; limit: number }): {
    replays: Replay[];
    more: boolean;
  } {
    const { endpointId, sees, afterId, limit } = query;
    const found: Replay[] = [];
    for (const id of [...this.#runs.keys()].sort().reverse()) {
      const replay = this.#run(id).kept.view;
      if (afterId !== undefined && id >= afterId) continue;
      if (endpointId !== undefined && replay.endpointId !== endpointId) continue;
      if (sees !== undefined && !sees(replay)) continue;
      if (found.length === limit) return { replays: found, more: true };
      found.push(replay);
    }
    return { replays: found, more: false };
  }

  /** What is in flight ends. Refuses with `replay-not-found` and `replay-ended`, as do the next two. */
  pause(id: string): Promise<Replay> {
    return this.#change(id, "paused");
  }

  resume(id: string): Promise<Replay> {
    return this.#change(id, resumption);
  }

  cancel(id: string): Promise<Replay> {
    return this.#change(id, "cancelled");
  }

  /** Starts no attempt any more, waits for those in flight as long as the grace lasts, and stores how far each came. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    this.#wakes.close();
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all([...this.#runs.values()].map((run) => run.close(graceMs)));
  }

  async #change(id: string, move: ReplayMove | ((replay: Replay) => ReplayMove)): Promise<Replay> {
    const run = this.#run(id);
    const replay = await run.kept.change(move);
    this.#wake(run);
    return replay;
  }

  #run(id: string): ReplayRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw new TrotlineError("replay-not-found", `There is no replay \`${id}\`.`);
    return run;
  }

  #add(run: ReplayRun): void {
    this.#runs.set(run.kept.id, run);
    if (run.hasEnded) return;
    this.#active.add(run);
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
    this.#wake(run);
  }

  #look(): void {
    this.#waiting = [];
    for (const run of this.#active) this.#wake(run);
    if (this.#active.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #retire(run: ReplayRun): void {
    if (this.#active.delete(run)) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const ended = [...this.#runs.values()].filter((run) => run.hasEnded).map((run) => run.kept.view);
    ended.sort((left, right) => left.updatedAtMs - right.updatedAtMs || (left.id < right.id ? -1 : 1));
    for (const { id } of ended.slice(0, Math.max(0, ended.length - limits.replaysKept))) {
      this.#runs.delete(id);
      this.#options.store.replays.remove(id).catch((error: unknown) => {
        this.#options.logger.warn({ err: error, replay: id }, "A replay that ended long ago could not be removed.");
      });
    }
  }

  #wake(run: ReplayRun): void {
    if (run.isQueued || this.#isClosing) return;
    run.isQueued = true;
    this.#turns.push(run);
    this.#pass();
  }

  /** Who waits for room longest asks first. */
  #roomFreed(): void {
    for (const run of this.#waiting.splice(0)) this.#wake(run);
  }

  #pass(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    queueMicrotask(() => this.#giveTurns());
  }

  #giveTurns(): void {
    const nowMs = this.#options.clock.steadyMs();
    for (let turns = 0; turns < turnsPerPass; turns++) {
      const run = this.#turns.shift();
      if (run === undefined) {
        this.#isPassing = false;
        return;
      }
      run.isQueued = false;
      const turn = run.takeTurn(nowMs);
      if (run.hasEnded) this.#retire(run);
      else if (turn === "sent") this.#wake(run);
      else if (turn === "full") this.#waiting.push(run);
    }
    setImmediate(() => this.#giveTurns());
  }
}
