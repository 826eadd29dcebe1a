/** The processes of the demo: `trotline serve`, three times on one database, and who runs how much of it. */

import type { Resources } from "../bench/resources.ts";
import { newKey, type Server, startServer } from "../bench/server-process.ts";
import type { Cluster } from "../src/sdk/wire.ts";
import { eventually } from "../src/testing/eventually.ts";

export const leaseMs = 4000;
const takeOverMsMax = 30_000;

export interface Processes {
  /** By what they are called: `one`, `two`, `three`. */
  readonly all: ReadonlyMap<string, Server>;
  start(name: string): Promise<void>;
  get(name: string): Server;
  /** As this process sees it. */
  cluster(asked: string): Promise<Cluster>;
  /** Answers when these, and nobody else, run all shards, each as many as the others. */
  share(asked: string, names: readonly string[]): Promise<void>;
}

export function processesOn(store: string, resources: Resources): Processes {
  const all = new Map<string, Server>();
  const key = newKey();
  const get = (name: string): Server => {
    const server = all.get(name);
    if (server === undefined) throw new Error(`there is no process ${name}`);
    return server;
  };
  const cluster = (asked: string): Promise<Cluster> => get(asked).api<Cluster>("GET", "/v1/cluster");
  return {
    all,
    get,
    cluster,
    async start(name) {
      const flags = ["--store", store, "--store-lease", `${leaseMs}ms`, "--process-name", name];
      const data = await resources.folder("unused");
      all.set(name, await startServer({ data, key, flags: [...flags, "--log-level", "error"] }, resources));
    },
    share: (asked, names) =>
      eventually(
        `${names.join(", ")} share the endpoints`,
        async () => {
          const { processes, free } = await cluster(asked);
          const delivering = processes.filter(({ shards }) => shards > 0);
          const counts = delivering.map(({ shards }) => shards);
          const isEven = Math.max(...counts) - Math.min(...counts) <= 1;
          const areThese = sorted(delivering.map(({ name }) => name)) === sorted(names);
          return isEven && areThese && free.shards === 0;
        },
        takeOverMsMax,
      ).then(() => {}),
  };
}

const sorted = (names: readonly string[]): string => [...names].sort().join();

/** In words: who runs how many shards. */
export const shardsText = ({ processes }: Cluster): string =>
  processes
    .filter(({ shards }) => shards > 0)
    .map(({ name, shards }) => `${name} ${shards}`)
    .join(", ");
