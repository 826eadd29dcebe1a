/**
 * Endpoints are spread over shards, and each shard is run by one process at a time: the one that leases it. Every
 * taking of a shard has a fence, a number that grows; what is written under an older one is refused.
 */

/**
 * Near the golden section of 64, and odd: endpoints that were made one after the other are in shards of their own, and
 * far from each other, because a process holds shards that follow each other.
 */
const stride = 39;

/** `count` is a power of two. `trotline.shard_of` says the same. */
export const shardOf = (endpointNumber: number, count: number): number => (endpointNumber * stride) % count;

export interface ShardLease {
  readonly shard: number;
  readonly fence: number;
}

export const processRoles = ["api", "deliver", "receive"] as const;
export type ProcessRole = (typeof processRoles)[number];

/** One of the processes that share a store. */
export interface ClusterProcess {
  /** Of this start: one that starts again is another. */
  readonly id: string;
  /** For people, and not unique: host and process number, unless it was given one. */
  readonly name: string;
  readonly startedAtMs: number;
  /** What it does. One that does not `deliver` wants no shards. */
  readonly roles: readonly ProcessRole[];
}

/**
 * How many shards a process is to hold. `holdings`: how many each has that wants some, itself among them. All have the
 * same, or one more; those that hold most have that one, so that no shard moves which need not.
 */
export function fairShare(id: string, holdings: ReadonlyMap<string, number>, count: number): number {
  if (!holdings.has(id)) return 0;
  const ranked = [...holdings].sort(([left, most], [right, other]) => other - most || (left < right ? -1 : 1));
  const rank = ranked.findIndex(([member]) => member === id);
  return Math.floor(count / ranked.length) + (rank < count % ranked.length ? 1 : 0);
}
