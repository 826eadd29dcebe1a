import type { ParkedDelivery } from "../../core/delivery.ts";
import type { LaneRecord } from "../../core/lane.ts";
import { unknownKey } from "../../core/lane-key.ts";
import type { StandingKey } from "../../core/lane-learn.ts";
import type {
  AttemptQuery,
  Journal,
  JournalBatch,
  JournalState,
  StoredAttempt,
  StoredDelivery,
  StoredLane,
} from "../journal.ts";
import { findAttempt, searchAttempts } from "./attempts-search.ts";
import type { Row } from "./database.ts";
import type { Announcer } from "./event-log.ts";
import { JournalCommits } from "./journal-commits.ts";
import type { StoreParts } from "./parts.ts";

export interface PostgresJournalOptions {
  /** Attempts leave by whole partitions. */
  readonly attemptsPerPartition?: number;
}

export const attemptsPerPartitionDefault = 1_000_000;
/** Positions that one statement looks at: an event may have gone to many endpoints. */
const positionsPerStep = 10_000;

export class PostgresJournal implements Journal {
  readonly #parts: StoreParts;
  readonly #commits: JournalCommits;

  constructor(
    parts: StoreParts,
    announcer: Announcer,
    { attemptsPerPartition = attemptsPerPartitionDefault }: PostgresJournalOptions = {},
  ) {
    this.#parts = parts;
    this.#commits = new JournalCommits(parts, announcer, attemptsPerPartition);
  }

  commit(batch: JournalBatch): Promise<void> {
    return this.#commits.commit(batch);
  }

  async load(shards: readonly number[]): Promise<JournalState> {
    const { write, database } = this.#parts;
    await write(async (run) => {
      await run("journal-lock");
      await run("lanes-clear", [shards]);
    });
    const dispatched = await database.run("shards-dispatched", [shards]);
    const lanes = await database.run("lanes-all", [shards]);
    const totals = await database.run("parked-totals", [shards]);
    return {
      dispatchedTo: new Map(dispatched.map(({ shard, position }) => [Number(shard), Number(position)])),
      lanes: lanes.map(laneOf),
      parkedTotals: new Map(totals.map(({ endpoint, total }) => [Number(endpoint), Number(total)])),
      ordered: new Set(totals.filter((row) => row.is_ordered === true).map(({ endpoint }) => Number(endpoint))),
    };
  }

  async lanes(endpointNumbers: readonly number[]): Promise<StoredLane[]> {
    const rows = await this.#parts.database.run("lanes-of", [endpointNumbers]);
    return rows.map((row) => ({
      endpointNumber: Number(row.endpoint),
      record: row.read_position === null ? null : laneOf(row),
      dispatchedTo: Number(row.dispatched_to),
      parkedTotal: Number(row.total),
    }));
  }

  async parkedDue(endpointNumber: number, limit: number): Promise<{ rows: ParkedDelivery[]; total: number }> {
    const rows = await this.#run("parked-due", endpointNumber, limit);
    return {
      rows: rows.filter(({ position }) => position !== null).map(parkedOf),
      total: Number(rows[0]?.total),
    };
  }

  async standingKeys(
    endpointNumber: number,
    { after, limit }: { after: number; limit: number },
  ): Promise<readonly StandingKey[]> {
    const rows = await this.#run("parked-keys", endpointNumber, after, limit);
    return rows.map((row) => ({ ...(row as unknown as StandingKey) }));
  }

  async parkedOfKeys(endpointNumber: number, keys: readonly number[], limit: number): Promise<ParkedDelivery[]> {
    const rows = await this.#parts.database.run("parked-of-keys", [endpointNumber, keys, limit]);
    return rows.map(parkedOf);
  }

  async firstExhausted(endpointNumber: number, sinceMs: number): Promise<ParkedDelivery | null> {
    const [row] = await this.#run("parked-exhausted", endpointNumber, sinceMs);
    return row === undefined ? null : parkedOf(row);
  }

  async delivery(endpointNumber: number, position: number): Promise<StoredDelivery> {
    const [row] = await this.#run("delivery-get", endpointNumber, position);
    return {
      parked: row === undefined || row.state === null ? null : parkedOf({ ...row, position }),
      attempts: Number(row?.made),
      delivered: Number(row?.delivered) > 0,
    };
  }

  async deliveredAmong(endpointNumber: number, range: { first: number; last: number }): Promise<number[]> {
    const found: number[] = [];
    for (let first = range.first; first <= range.last; first += positionsPerStep) {
      const last = Math.min(range.last, first + positionsPerStep - 1);
      const rows = await this.#run("attempts-delivered-among", endpointNumber, first, last);
      for (const { position } of rows) found.push(Number(position));
    }
    return found;
  }

  async failedAmong(
    endpointNumber: number,
    { first, last, limit }: { first: number; last: number; limit: number },
  ): Promise<number[]> {
    const rows = await this.#run("parked-failed-among", endpointNumber, first, last, limit);
    return rows.map(({ position }) => Number(position));
  }

  attempts(query: AttemptQuery): Promise<readonly StoredAttempt[]> {
    return searchAttempts(this.#parts.database, query);
  }

  attempt(sequence: number): Promise<StoredAttempt | null> {
    return findAttempt(this.#parts.database, sequence);
  }

  /** The mark moves, and what is behind it is seen by nobody; its partition is dropped in a transaction of its own. */
  async trimAttempts({ olderThanMs, rowsMax }: { olderThanMs: number; rowsMax: number }): Promise<boolean> {
    const nowMs = this.#parts.clock.steadyMs();
    const [step] = await this.#parts.write((run) => run("attempts-trim", [olderThanMs, rowsMax, nowMs]));
    const drop = ["attempts", Number(step?.left_through)];
    if (step?.can_drop === true) await this.#parts.write((run) => run("partition-drop", drop));
    return step?.more === true;
  }

  #run(name: string, ...parameters: number[]): Promise<readonly Row[]> {
    return this.#parts.database.run(name, parameters);
  }
}

function parkedOf(row: Row): ParkedDelivery {
  const { position, state, attempts, step, due_at_ms: dueAtMs, key } = row as ParkedColumns;
  const known = { position, state, attempts, step, dueAtMs };
  return key === unknownKey ? known : { ...known, key };
}

type ParkedColumns = { readonly state: ParkedDelivery["state"] } & {
  readonly [column in "position" | "attempts" | "step" | "due_at_ms" | "key"]: number;
};

function laneOf({ endpoint, read_position: readPosition, behind, pending, health }: Row): LaneRecord {
  return {
    endpointNumber: Number(endpoint),
    readPosition: Number(readPosition),
    pending: JSON.parse(String(pending)),
    behind: behind === true,
    health: health === null ? null : JSON.parse(String(health)),
  };
}
