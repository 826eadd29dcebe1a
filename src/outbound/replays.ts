/**
 * Replays: ranges of the log that are sent to an endpoint again, beside its live traffic. Each counts first and then
 * sends (`replay-run.ts`), one event a turn, in turns with the others, in room of their own (`replay-share.ts`). It runs
 * where the lane of its endpoint does; of the others this process knows what they were when it looked last.
 */
import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import { newReplay, type Replay, type ReplayMove, type ReplayPlan, resumption } from "../core/replay.ts";
import { ShardElsewhereError } from "../log/shard-store.ts";
import type { Store } from "../log/store.ts";
import type { Registry } from "../registry/registry.ts";
import type { Attempter } from "./attempt.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { HeldShard } from "./held-shards.ts";
import { ReplayAttempts } from "./replay-attempts.ts";
import { ReplayReading } from "./replay-reading.ts";
import { ReplayRun, type ReplayRunParts } from "./replay-run.ts";
import { ReplayShare } from "./replay-share.ts";
import { ReplayTurns } from "./replay-turns.ts";

/** A store that could not be read is asked again after this. */
const lookAgainMs = 1000;
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
  /** How long what is in flight of a shard may take to end when another process is to have it. */
  readonly leaveGraceMs: number;
}

export class Replays {
  readonly #options: ReplaysOptions;
  readonly #parts: ReplayRunParts;
  readonly #runs = new Map<string, ReplayRun>();
  /** Ends when the last look at what is stored has ended. */
  #lastLook: Promise<void> = Promise.resolve();
  #willLook = false;
  /** Ends when the last look that somebody asked for has ended; and the one that follows it. */
  #askedLook: Promise<void> = Promise.resolve();
  #nextLook: Promise<void> | null = null;
  readonly #turns: ReplayTurns;
  readonly #creating = new Set<string>();
  #isClosing = false;

  private constructor(options: ReplaysOptions) {
    const { store, dispatcher } = options;
    const share = new ReplayShare(dispatcher.ready);
    const isClosing = (): boolean => this.#isClosing;
    this.#options = options;
    const turns = new ReplayTurns(options.clock, () => this.#forgetOldest());
    this.#turns = turns;
    this.#parts = {
      ...options,
      ...{ store: store.replays, shards: dispatcher.lanes.shards, share, isClosing },
      reading: new ReplayReading({ ...options, journal: dispatcher.journal }),
      attempts: new ReplayAttempts({ ...options, share, isClosing }),
      earliest: () => store.events.bounds().earliest,
      wake: (run) => turns.wake(run),
      wakeAt: (run, atMs) => turns.wakeAt(run, atMs),
      roomFreed: () => turns.roomFreed(),
    };
  }

  /** Loads what is stored, and goes on with what had not ended. */
  static async start(options: ReplaysOptions): Promise<Replays> {
    const replays = new Replays(options);
    replays.#parts.shards.listen({
      joined: () => replays.#lookSoon(),
      leaving: (held) => replays.#left(held),
      gone: (held) => replays.#gone(held),
    });
    await replays.#lookAtStored();
    return replays;
  }

  /** Once for all shards that join at the same moment; again until the store answers. */
  #lookSoon(): void {
    if (this.#willLook) return;
    this.#willLook = true;
    this.#lastLook = this.#lastLook.then(async () => {
      while (this.#willLook && !this.#isClosing) {
        this.#willLook = false;
        await this.#lookAtStored().catch(async (error: unknown) => {
          this.#options.logger.warn({ err: error }, "Replays could not be read; trying again.");
          await new Promise<void>((resolve) => setTimeout(resolve, lookAgainMs).unref());
          this.#willLook = true;
        });
      }
    });
  }

  /** Where others run replays, too, theirs are known from now on as they are stored: about a second ago, at most. */
  look(): Promise<void> {
    if (this.#parts.shards.count === 1) return Promise.resolve();
    // Whoever asks while one is under way has the next.
    this.#nextLook ??= this.#askedLook.then(() => {
      this.#nextLook = null;
      return this.#lookAtStored();
    });
    const look = this.#nextLook;
    this.#askedLook = look.catch(() => {});
    return look;
  }

  /** Those whose endpoint this process runs go on here; of the others it knows how they are. */
  async #lookAtStored(): Promise<void> {
    const { shards } = this.#parts;
    // What joins while the store is asked may have been written on meanwhile: it is looked at once more.
    const running = new Set(shards.values().filter(({ state }) => state === "running"));
    const records = await this.#options.store.replays.load();
    const stored = new Set(records.map(({ id }) => id));
    for (const record of records) {
      const { id, endpointNumber } = record;
      if (this.#creating.has(id) || this.#isOwn(id)) continue;
      const held = shards.runs(endpointNumber) ? (shards.of(endpointNumber) ?? null) : null;
      this.#add(new ReplayRun(record, held !== null && running.has(held) ? held : null, this.#parts));
    }
    for (const id of this.#runs.keys()) if (!stored.has(id) && !this.#isOwn(id)) this.#runs.delete(id);
    this.#forgetOldest();
  }

  #isOwn(id: string): boolean {
    const held = this.#runs.get(id)?.kept.held ?? null;
    return held !== null && this.#parts.shards.isHeld(held);
  }

  /** Nothing more of the shard is sent; ends when how far its replays came is stored. */
  async #left(held: HeldShard): Promise<void> {
    await Promise.all(this.#ofShard(held).map((run) => run.close(this.#options.leaveGraceMs)));
  }

  #gone(held: HeldShard): void {
    for (const run of this.#ofShard(held)) {
      run.abandon();
      this.#turns.remove(run);
      this.#runs.set(run.kept.id, new ReplayRun(run.kept.view, null, this.#parts));
    }
  }

  #ofShard(held: HeldShard): ReplayRun[] {
    return [...this.#runs.values()].filter((run) => run.kept.held === held);
  }

  /**
   * Makes a replay, and begins it. Answers when it has counted, or while it still counts after five seconds. Refuses
   * with `replay-limit`, and with `shard-elsewhere` as do `pause`, `resume` and `cancel`.
   */
  async create(plan: ReplayPlan): Promise<Replay> {
    const { clock, random } = this.#options;
    await this.look();
    if (this.#isClosing) throw new TrotlineError("shutting-down", "The server is stopping.");
    if (this.room <= 0) {
      throw new TrotlineError("replay-limit", `There are ${limits.replaysActive} replays that have not ended.`);
    }
    const nowMs = clock.wallMs();
    const replay = newReplay(plan, { id: makeId("rpl", nowMs, random.bytes(16)), nowMs });
    const { shards } = this.#parts;
    const held = this.#requireOwn(replay);
    const run = new ReplayRun(replay, held, this.#parts);
    this.#creating.add(replay.id);
    try {
      await run.kept.create();
    } catch (error) {
      // It may have been stored all the same, and nobody was told.
      if (shards.count > 1) this.#lookSoon();
      throw error;
    } finally {
      this.#creating.delete(replay.id);
    }
    if (!shards.isHeld(held) || held.state !== "running") {
      // Whoever runs the endpoint by now finds the replay; it may be this process again.
      this.#lookSoon();
      return replay;
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

  /** How many more may begin, of all processes. */
  get room(): number {
    const isElsewhere = (run: ReplayRun): boolean => run.kept.held === null && !run.hasEnded;
    const elsewhere = [...this.#runs.values()].filter(isElsewhere).length;
    return limits.replaysActive - this.#turns.active - this.#creating.size - elsewhere;
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
    this.#turns.close();
    await Promise.all([...this.#runs.values()].map((run) => run.close(graceMs)));
  }

  async #change(id: string, move: ReplayMove | ((replay: Replay) => ReplayMove)): Promise<Replay> {
    // Who has come by its shard a moment ago may not have heard of it.
    if (this.#runs.get(id)?.kept.held === null || !this.#runs.has(id)) await this.look();
    const run = this.#run(id);
    if (!run.hasEnded) this.#requireOwn(run.kept.view);
    if (!run.hasEnded && run.kept.held === null) throw this.#elsewhere(run.kept.view);
    const replay = await run.kept.change(move);
    this.#turns.wake(run);
    return replay;
  }

  /** The shard that it runs in, or `shard-elsewhere`. One whose endpoint was deleted is in that shard still. */
  #requireOwn(replay: Replay): HeldShard {
    const { shards } = this.#parts;
    const { endpointNumber } = replay;
    const held = shards.of(endpointNumber);
    if (held !== undefined && !shards.haveExpired() && shards.runs(endpointNumber)) return held;
    throw this.#elsewhere(replay);
  }

  #elsewhere({ endpointNumber, endpointId }: Replay): ShardElsewhereError {
    return new ShardElsewhereError(this.#parts.shards.shardOf(endpointNumber), endpointId);
  }

  #run(id: string): ReplayRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw new TrotlineError("replay-not-found", `There is no replay \`${id}\`.`);
    return run;
  }

  #add(run: ReplayRun): void {
    const before = this.#runs.get(run.kept.id);
    if (before !== undefined) this.#turns.remove(before);
    this.#runs.set(run.kept.id, run);
    if (run.hasEnded || run.kept.held === null) return;
    this.#turns.add(run);
  }

  /** Of all that have ended; each process removes what it runs itself. */
  #forgetOldest(): void {
    const ended = [...this.#runs.values()].filter((run) => run.hasEnded).map((run) => run.kept.view);
    ended.sort((left, right) => left.updatedAtMs - right.updatedAtMs || (left.id < right.id ? -1 : 1));
    for (const { id } of ended.slice(0, Math.max(0, ended.length - limits.replaysKept))) {
      if (!this.#isOwn(id)) continue;
      this.#runs.delete(id);
      this.#options.store.replays.remove(id).catch((error: unknown) => {
        this.#options.logger.warn({ err: error, replay: id }, "A replay that ended long ago could not be removed.");
      });
    }
  }
}
