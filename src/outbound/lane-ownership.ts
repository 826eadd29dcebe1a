/** Whether a lane is this process's to act upon, and what becomes of it when it is not any more. Part of stage 2. */
import type { Endpoint } from "../core/endpoint.ts";
import { ShardElsewhereError, ShardsLostError } from "../log/shard-store.ts";
import type { Attempter } from "./attempt.ts";
import type { HeldShard } from "./held-shards.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { LaneTable } from "./lane-table.ts";
import type { RunningLane } from "./running-lane.ts";
import type { Sending } from "./sending.ts";

export interface LaneOwnershipOptions {
  readonly lanes: LaneTable;
  readonly journal: JournalWriter;
  readonly sending: Sending;
  readonly attempter: Attempter;
}

export class LaneOwnership {
  readonly #options: LaneOwnershipOptions;

  constructor(options: LaneOwnershipOptions) {
    this.#options = options;
  }

  /** The lane of an endpoint, to be acted upon. Refuses with `shard-elsewhere` where another process runs it. */
  requireOwn(endpoint: Endpoint): RunningLane {
    const { lanes } = this.#options;
    if (!lanes.shards.haveExpired() && lanes.shards.runs(endpoint.number)) return lanes.of(endpoint);
    throw new ShardElsewhereError(lanes.shards.shardOf(endpoint.number), endpoint.id);
  }

  /** Refuses with `shards-lost` where another process has taken the lane over since. */
  requireKept({ isLost, endpoint }: RunningLane): void {
    if (isLost) throw takenOver(endpoint, []);
  }

  /** Another process runs these lanes from now on: what is not durable of them did not happen. */
  gone(held: HeldShard): void {
    const { lanes, journal, sending, attempter } = this.#options;
    for (const running of [...lanes.ofShard(held)]) {
      const { lane, endpoint } = running;
      lanes.lose(running);
      attempter.company(endpoint)?.lose(endpoint);
      const flights = [...lane.flights.values(), ...lane.manuals.values()];
      for (const flight of flights) sending.noteLost(flight, takenOver(endpoint, [held]));
    }
    journal.forget(held.shard);
  }
}

const takenOver = ({ id }: Endpoint, leases: readonly HeldShard[]): ShardsLostError =>
  new ShardsLostError(leases, `Another process has taken over the endpoint \`${id}\`.`);
