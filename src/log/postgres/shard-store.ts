import { limits } from "../../core/limits.ts";
import type { ClusterProcess, ProcessRole, ShardLease } from "../../core/shard.ts";
import type { ClusterView, Round, RoundAsk, ShardStore, ShardView } from "../shard-store.ts";
import type { Row, Run } from "./database.ts";

export interface ShardStoreOptions {
  /** For rounds: nothing else may make it wait. */
  readonly leasing: Run;
  readonly reading: Run;
  readonly leaseMs: number;
  /** Rung where shards became free. */
  readonly pulse: { ring(): void };
}

/** `migrations/0012-shards.sql` is what decides; each round is one statement. */
export class PostgresShardStore implements ShardStore {
  /** The rows of `trotline.shards`. */
  readonly count = limits.shards;
  readonly #options: ShardStoreOptions;

  constructor(options: ShardStoreOptions) {
    this.#options = options;
  }

  async round({ process, holds, releases }: RoundAsk): Promise<Round> {
    const { leasing, leaseMs, pulse } = this.#options;
    const { id, name, startedAtMs, roles } = process;
    const leases = [...columnsOf(holds), ...columnsOf(releases)];
    const [row] = await leasing("shards-round", [id, name, startedAtMs, roles, leaseMs, ...leases]);
    if (releases.length > 0) pulse.ring();
    const { shards, fences, excess } = row as unknown as RoundColumns;
    return { leases: shards.map((shard, at) => ({ shard, fence: fences[at] as number })), excess, leaseMs };
  }

  async leave(processId: string): Promise<void> {
    await this.#options.leasing("shards-leave", [processId]);
    this.#options.pulse.ring();
  }

  async cluster(): Promise<ClusterView> {
    const { reading } = this.#options;
    const [processes, shards] = await Promise.all([reading("processes-all"), reading("shards-all")]);
    const known = new Set(processes.map(({ id }) => id));
    const of = (isTheirs: (holder: unknown) => boolean): ShardView[] =>
      shards
        .filter(({ holder }) => isTheirs(holder))
        .map(({ shard, position }) => ({ shard: shard as number, dispatchedTo: position as number }));
    return {
      members: processes.map((row) => {
        return {
          process: processOf(row),
          silentMs: row.silent_ms as number,
          shards: of((holder) => holder === row.id),
        };
      }),
      // One who came between the two looks is none of the members yet.
      free: of((holder) => !known.has(holder)),
    };
  }
}

interface RoundColumns {
  readonly shards: readonly number[];
  readonly fences: readonly number[];
  readonly excess: number;
}

const columnsOf = (leases: readonly ShardLease[]): number[][] => [
  leases.map(({ shard }) => shard),
  leases.map(({ fence }) => fence),
];

function processOf({ id, name, started_at_ms: startedAtMs, roles }: Row): ClusterProcess {
  return { id: String(id), name: String(name), startedAtMs: Number(startedAtMs), roles: roles as ProcessRole[] };
}
