import type { Replay } from "../core/replay.ts";

/** Replays, durable. Each method is one transaction, shared with whatever waits, and rejects as `EventLog` does. */
export interface ReplayStore {
  load(): Promise<readonly Replay[]>;
  /** Stores the replay in place of the one with the same id, if there is one. */
  put(replay: Replay): Promise<void>;
  remove(id: string): Promise<void>;
}
