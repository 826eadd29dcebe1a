/** Bugs to plant in processes that share a store. The simulation must find every one of them. */
import type { App } from "../../../src/app.ts";
import type { JournalState } from "../../../src/log/journal.ts";
import type { MemoryData } from "../../../src/log/memory/data.ts";

export interface ClusterBug {
  readonly plantInStore?: (data: MemoryData) => void;
  readonly plantInProcess?: (app: App) => void;
  /** What a process is told in place of what it read. */
  readonly misreads?: (name: string, answer: unknown) => unknown;
}

const movedBy = (count: number) => (name: string, answer: unknown) => {
  if (name !== "journal.load") return answer;
  const state = answer as JournalState;
  const moved = [...state.dispatchedTo].map(([shard, position]) => [shard, Math.max(0, position + count)] as const);
  return { ...state, dispatchedTo: new Map(moved) };
};

export const clusterBugs = {
  "the store takes what is written under an old fence": {
    plantInStore: (data) => {
      data.requireHeld = () => {};
    },
  },
  "a process that wakes does not look whether its leases have run out": {
    plantInProcess: (app) => {
      app.shards.haveExpired = () => false;
    },
  },
  "a shard that leaves, or is lost, goes on with those that run": {
    plantInProcess: ({ shards }) => {
      Object.defineProperty(shards, "running", { get: () => ({ generation: 0, position: shards.dispatchedTo }) });
    },
  },
  "a shard joins one event too late": { misreads: movedBy(1) },
  "a shard joins one event too early": { misreads: movedBy(-1) },
} satisfies Record<string, ClusterBug>;
