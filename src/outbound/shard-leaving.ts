/** Shards that this process gives back: what is in flight of them ends, and is journalled. Part of stage 2. */
import { TrotlineError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import type { Attempter } from "./attempt.ts";
import type { HeldShard } from "./held-shards.ts";
import type { JournalWriter } from "./journal-writer.ts";
import { hasInFlight, type LaneTable } from "./lane-table.ts";

const lookEveryMs = 20;
const flushAgainMs = 250;

export interface ShardLeavingOptions {
  readonly lanes: LaneTable;
  readonly journal: JournalWriter;
  readonly attempter: Attempter;
  readonly clock: Clock;
  /** What is in flight for longer is sent again by whoever runs the shard next. */
  readonly graceMs: number;
}

export class ShardLeaving {
  readonly #options: ShardLeavingOptions;

  constructor(options: ShardLeavingOptions) {
    this.#options = options;
  }

  /** Ends when everything that its lanes did is durable, or the shard is lost, as it is where the store is silent. */
  async drain(held: HeldShard): Promise<void> {
    const { lanes, journal, attempter, clock, graceMs } = this.#options;
    const isHeld = (): boolean => !lanes.shards.haveExpired() && lanes.shards.isHeld(held);
    let busy = [...lanes.ofShard(held)].filter(hasInFlight);
    for (const { endpoint } of busy) attempter.company(endpoint)?.complete(endpoint);
    const untilMs = clock.steadyMs() + graceMs;
    while (busy.length > 0 && isHeld() && clock.steadyMs() < untilMs) {
      await pause(lookEveryMs);
      busy = busy.filter(hasInFlight);
    }
    while (isHeld()) {
      journal.touchShard(held.shard);
      try {
        await journal.flushed();
        return;
      } catch (error) {
        // The store will never take it: its lease runs out.
        if (error instanceof TrotlineError && error.code === "shutting-down") return;
        await pause(flushAgainMs);
      }
    }
  }
}

const pause = (delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, delayMs).unref();
  });
