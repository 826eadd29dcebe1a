/** Makes the fences hold under which builders write, also where it was done before. */
import { limits } from "../../src/core/limits.ts";
import type { Run } from "../../src/log/postgres/database.ts";
import { PostgresShardStore } from "../../src/log/postgres/shard-store.ts";
import type { ShardStore } from "../../src/log/shard-store.ts";
import { firstLease } from "../conformance/builders.ts";

export async function holdAllShards(shards: ShardStore): Promise<void> {
  const holds = Array.from({ length: shards.count }, (_, shard) => ({ ...firstLease, shard }));
  const process = { id: "prc_all", name: "all", startedAtMs: 0, roles: ["deliver"] } as const;
  await shards.round({ process, holds, releases: [] });
}

/** Of a process that has but these. */
export const aShardStore = (run: Run, leaseMs: number = limits.shardLeaseMs): PostgresShardStore =>
  new PostgresShardStore({ leasing: run, reading: run, pulse: { ring: () => {} }, leaseMs });
