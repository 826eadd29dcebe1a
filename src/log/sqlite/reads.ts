import type { DatabaseSync } from "node:sqlite";
import type { ParkedDelivery } from "../../core/delivery.ts";
import type { ReadQuery } from "../event-log.ts";
import type { AttemptQuery, StoredAttempt, StoredDelivery } from "../journal.ts";
import { AttemptsSearch, attemptOf } from "./attempts-search.ts";
import { type EventColumns, EventPacker } from "./event-columns.ts";
import { firstOf } from "./halving.ts";
import { allRows, firstRow, prepare, type Row } from "./sql.ts";

export interface PageAnswer {
  readonly columns: EventColumns;
  readonly through: number;
}

/** Everything that is read from the store, by the thread of reader-worker.ts. Each answer is of one moment. */
export class Reads {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, ReturnType<typeof prepare>>();
  readonly #search: AttemptsSearch;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#search = new AttemptsSearch(database);
  }

  page(query: ReadQuery): PageAnswer {
    // The head first: what is appended meanwhile only makes the page longer.
    const head = this.#head();
    const packer = new EventPacker();
    let bytes = 0;
    let last = query.after;
    for (const row of this.#pageRows(query)) {
      bytes += (row[8] as Uint8Array).length;
      if (packer.count > 0 && bytes > query.bytesMax) return { columns: packer.finish(), through: last };
      packer.addRow(row);
      last = row[0] as number;
      if (packer.count === query.limit) return { columns: packer.finish(), through: last };
    }
    return { columns: packer.finish(), through: Math.max(last, head) };
  }

  #pageRows(query: ReadQuery): IterableIterator<Row> {
    const { after, limit, tenant } = query;
    const rows =
      tenant === undefined
        ? this.#statement("events-page").iterate(after, limit)
        : this.#statement("events-page-of-tenant").iterate(after, limit, tenant);
    return rows as unknown as IterableIterator<Row>;
  }

  find(tenant: string, id: string): EventColumns | null {
    const row = firstRow(this.#statement("event-by-id"), tenant, id);
    if (row === undefined) return null;
    const packer = new EventPacker();
    packer.addRow(row);
    return packer.finish();
  }

  positionBefore(timeMs: number): number {
    return this.#inOneMoment(() => {
      const [, trimmedThrough, , trimmedAcceptedAtMs] = firstRow(this.#statement("log-state")) as [string, ...number[]];
      const first = Number(trimmedThrough) + 1;
      const measure = this.#statement("event-measure");
      const isLater = (position: number): boolean => Number(firstRow(measure, position)?.[0]) >= timeMs;
      const found = firstOf(first, this.#head() + 1, isLater) - 1;
      if (found >= first) return found;
      return typeof trimmedAcceptedAtMs === "number" && trimmedAcceptedAtMs < timeMs ? found : 0;
    });
  }

  parkedDue(endpointNumber: number, limit: number): { rows: ParkedDelivery[]; total: number } {
    return this.#inOneMoment(() => ({
      rows: allRows(this.#statement("parked-due"), endpointNumber, limit).map(parkedOf),
      total: Number(firstRow(this.#statement("parked-total"), endpointNumber)?.[0]),
    }));
  }

  delivery(endpointNumber: number, position: number): StoredDelivery {
    return this.#inOneMoment(() => {
      const parked = firstRow(this.#statement("parked-get"), endpointNumber, position);
      const counts = firstRow(this.#statement("attempts-of-delivery"), endpointNumber, position);
      return {
        parked: parked === undefined ? null : parkedOf(parked),
        attempts: Number(counts?.[0]),
        delivered: Number(counts?.[1]) > 0,
      };
    });
  }

  attempts(query: AttemptQuery): ReturnType<AttemptsSearch["step"]> {
    return this.#inOneMoment(() => this.#search.step(query));
  }

  attempt(sequence: number): StoredAttempt | null {
    const row = firstRow(this.#statement("attempt-get"), sequence);
    return row === undefined ? null : attemptOf(row);
  }

  #head(): number {
    const head = firstRow(this.#statement("log-head")) ?? [firstRow(this.#statement("log-state"))?.[1]];
    return Number(head[0]);
  }

  #inOneMoment<Answer>(read: () => Answer): Answer {
    this.#database.exec("BEGIN");
    try {
      return read();
    } finally {
      this.#database.exec("COMMIT");
    }
  }

  #statement(name: string): ReturnType<typeof prepare> {
    let statement = this.#prepared.get(name);
    if (statement === undefined) {
      statement = prepare(this.#database, name);
      this.#prepared.set(name, statement);
    }
    return statement;
  }
}

function parkedOf(row: Row): ParkedDelivery {
  const [position, state, attempts, step, dueAtMs] = row as [number, ParkedDelivery["state"], number, number, number];
  return { position, state, attempts, step, dueAtMs };
}
