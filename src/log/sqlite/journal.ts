import type { ParkedDelivery } from "../../core/delivery.ts";
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
import type { SearchStep } from "./attempts-search.ts";
import type { LazyThread } from "./lazy-thread.ts";
import type { ReaderQuestion } from "./reader-worker.ts";
import type { Writer } from "./writer.ts";

/** Positions that one question looks at: an event may have gone to many endpoints, and other readers wait. */
const positionsPerStep = 1000;

export class SqliteJournal implements Journal {
  readonly #writer: Writer;
  readonly #reader: LazyThread;

  constructor(writer: Writer, reader: LazyThread) {
    this.#writer = writer;
    this.#reader = reader;
  }

  commit(batch: JournalBatch): Promise<void> {
    return this.#writer.submit<void>({ do: "journal", batch });
  }

  /** There is one shard, whatever is asked for. */
  load(): Promise<JournalState> {
    return this.#writer.load<JournalState>("loadJournal");
  }

  /** Of a store that one process owns, which has all lanes in memory: nobody needs this to be fast. */
  async lanes(endpointNumbers: readonly number[]): Promise<StoredLane[]> {
    const { dispatchedTo, lanes, parkedTotals } = await this.load();
    const records = new Map(lanes.map((record) => [record.endpointNumber, record]));
    return endpointNumbers.map((endpointNumber) => ({
      endpointNumber,
      record: records.get(endpointNumber) ?? null,
      dispatchedTo: dispatchedTo.get(0) ?? 0,
      parkedTotal: parkedTotals.get(endpointNumber) ?? 0,
    }));
  }

  parkedDue(endpointNumber: number, limit: number): Promise<{ rows: readonly ParkedDelivery[]; total: number }> {
    return this.#ask({ do: "parkedDue", endpointNumber, limit });
  }

  firstExhausted(endpointNumber: number, sinceMs: number): Promise<ParkedDelivery | null> {
    return this.#ask({ do: "firstExhausted", endpointNumber, sinceMs });
  }

  standingKeys(endpointNumber: number, page: { after: number; limit: number }): Promise<readonly StandingKey[]> {
    return this.#ask({ do: "standingKeys", endpointNumber, ...page });
  }

  parkedOfKeys(endpointNumber: number, keys: readonly number[], limit: number): Promise<readonly ParkedDelivery[]> {
    return this.#ask({ do: "parkedOfKeys", endpointNumber, keys, limit });
  }

  delivery(endpointNumber: number, position: number): Promise<StoredDelivery> {
    return this.#ask({ do: "delivery", endpointNumber, position });
  }

  /** In steps, between which other questions are answered. */
  async deliveredAmong(endpointNumber: number, range: { first: number; last: number }): Promise<number[]> {
    const found: number[] = [];
    for (let first = range.first; first <= range.last; first += positionsPerStep) {
      const last = Math.min(range.last, first + positionsPerStep - 1);
      for (const position of await this.#ask<number[]>({ do: "deliveredAmong", endpointNumber, first, last }))
        found.push(position);
    }
    return found;
  }

  failedAmong(endpointNumber: number, range: { first: number; last: number; limit: number }): Promise<number[]> {
    return this.#ask({ do: "failedAmong", endpointNumber, ...range });
  }

  /** In steps, between which other questions are answered. */
  async attempts(query: AttemptQuery): Promise<readonly StoredAttempt[]> {
    const found: StoredAttempt[] = [];
    let beforeSequence = query.beforeSequence;
    for (;;) {
      const rest: AttemptQuery = { ...query, limit: query.limit - found.length };
      const before = beforeSequence === undefined ? {} : { beforeSequence };
      const step = await this.#ask<SearchStep>({ do: "attempts", query: { ...rest, ...before } });
      found.push(...step.attempts);
      if (step.next === null) return found;
      beforeSequence = step.next;
    }
  }

  attempt(sequence: number): Promise<StoredAttempt | null> {
    return this.#ask({ do: "attempt", sequence });
  }

  trimAttempts(rule: { readonly olderThanMs: number; readonly rowsMax: number }): Promise<boolean> {
    return this.#writer.submit<boolean>({ do: "trimAttempts", rule });
  }

  #ask<Answer>(question: ReaderQuestion): Promise<Answer> {
    return this.#reader.ask<Answer>(question);
  }
}
