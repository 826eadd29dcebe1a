import type { Replay } from "../../core/replay.ts";
import type { ReplayStore } from "../replay-store.ts";
import type { MemoryData } from "./data.ts";

/** The reference of `ReplayStore`. */
export class MemoryReplayStore implements ReplayStore {
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
  }

  async load(): Promise<readonly Replay[]> {
    this.#data.requireOpen();
    return [...this.#data.replays.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  async put(replay: Replay): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.replays.set(replay.id, replay);
  }

  async remove(id: string): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.replays.delete(id);
  }
}
