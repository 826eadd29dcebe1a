import type { Replay } from "../../core/replay.ts";
import type { ShardLease } from "../../core/shard.ts";
import type { ReplayStore } from "../replay-store.ts";
import type { MemoryConfigurationChanges } from "./configuration-changes.ts";
import type { MemoryData } from "./data.ts";

/** The reference of `ReplayStore`. */
export class MemoryReplayStore implements ReplayStore {
  readonly #data: MemoryData;
  readonly #changes: MemoryConfigurationChanges;

  constructor(data: MemoryData, changes: MemoryConfigurationChanges) {
    this.#data = data;
    this.#changes = changes;
  }

  async load(): Promise<readonly Replay[]> {
    this.#data.requireOpen();
    return [...this.#data.replays.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  async put(replay: Replay, lease: ShardLease): Promise<void> {
    this.#data.requireOpen();
    this.#data.requireHeld([lease]);
    this.#data.commits += 1;
    this.#data.replays.set(replay.id, replay);
    this.#changes.note("replay", replay.id);
  }

  async remove(id: string): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    if (this.#data.replays.delete(id)) this.#changes.note("replay", id);
  }
}
