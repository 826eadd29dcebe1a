import type { DatabaseSync } from "node:sqlite";
import type { ParkedDelivery } from "../../core/delivery.ts";
import { unknownKey } from "../../core/lane-key.ts";
import type { StandingKey } from "../../core/lane-learn.ts";
import type { Receipt } from "../../core/source.ts";
import type { ReadBackQuery, ReadQuery, Redeliveries } from "../event-log.ts";
import type { AttemptQuery, StoredAttempt, StoredDelivery } from "../journal.ts";
import type { ReceiptQuery } from "../source-store.ts";
import { AttemptsSearch, attemptOf } from "./attempts-search.ts";
import { type EventColumns, EventPacker } from "./event-columns.ts";
import { firstOf } from "./halving.ts";
import { readReceipt, readReceipts } from "./receipt-reads.ts";
import { allRows, firstRow, prepare, type Row } from "./sql.ts";
import { StatisticsSearch } from "./statistics-search.ts";

export interface PageAnswer {
  readonly columns: EventColumns;
  readonly through: number;
}

type PageLimits = Pick<ReadQuery, "limit" | "bytesMax" | "tenant">;

/** Everything that is read from the store, by the thread of reader-worker.ts. Each answer is of one moment. */
export class Reads {
  readonly statistics: StatisticsSearch;
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, ReturnType<typeof prepare>>();
  readonly #search: AttemptsSearch;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#search = new AttemptsSearch(database);
    this.statistics = new StatisticsSearch(database);
  }

  page(query: ReadQuery): PageAnswer {
    // The head first: what is appended meanwhile only makes the page longer.
    const head = this.#head();
    const { columns, last, isCut } = packPage(this.#pageRows("events-page", query.after, query), query);
    return { columns, through: isCut ? last : Math.max(last ?? query.after, head) };
  }

  pageBack(query: ReadBackQuery): PageAnswer {
    const earliest = this.#trimmedThrough() + 1;
    const { columns, last, isCut } = packPage(this.#pageRows("events-page-back", query.before, query), query);
    return { columns, through: isCut ? last : Math.min(query.before, earliest) };
  }

  #pageRows(name: string, from: number, { limit, tenant }: PageLimits): IterableIterator<Row> {
    const rows =
      tenant === undefined
        ? this.#statement(name).iterate(from, limit)
        : this.#statement(`${name}-of-tenant`).iterate(from, limit, tenant);
    return rows as unknown as IterableIterator<Row>;
  }

  find(tenant: string, id: string): EventColumns | null {
    const row = firstRow(this.#statement("event-by-id"), tenant, id);
    if (row === undefined) return null;
    const packer = new EventPacker();
    packer.addRow(row);
    return packer.finish();
  }

  redeliveries(position: number): Redeliveries {
    const row = firstRow(this.#statement("redelivery-get"), position);
    return row === undefined ? { count: 0, lastAtMs: null } : { count: Number(row[0]), lastAtMs: Number(row[1]) };
  }

  positionBefore(timeMs: number): number {
    return this.#inOneMoment(() => {
      const [trimmedThrough, , trimmedAcceptedAtMs] = firstRow(this.#statement("log-state")) as Row;
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

  firstExhausted(endpointNumber: number, sinceMs: number): ParkedDelivery | null {
    const row = firstRow(this.#statement("parked-exhausted"), endpointNumber, sinceMs);
    return row === undefined ? null : parkedOf(row);
  }

  standingKeys(endpointNumber: number, after: number, limit: number): StandingKey[] {
    return allRows(this.#statement("parked-keys"), endpointNumber, after, limit).map(([key, state, rows]) => ({
      key: Number(key),
      state: state as StandingKey["state"],
      rows: Number(rows),
    }));
  }

  parkedOfKeys(endpointNumber: number, keys: readonly number[], limit: number): ParkedDelivery[] {
    const statement = this.#statement("parked-of-key");
    return this.#inOneMoment(() => keys.flatMap((key) => allRows(statement, endpointNumber, key, limit).map(parkedOf)));
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

  deliveredAmong(endpointNumber: number, first: number, last: number): number[] {
    return allRows(this.#statement("attempts-delivered-among"), endpointNumber, first, last).map(([at]) => Number(at));
  }

  failedAmong(endpointNumber: number, range: { first: number; last: number; limit: number }): number[] {
    const { first, last, limit } = range;
    const statement = this.#statement("parked-failed-among");
    return allRows(statement, endpointNumber, first, last, limit).map(([at]) => Number(at));
  }

  attempts(query: AttemptQuery): ReturnType<AttemptsSearch["step"]> {
    return this.#inOneMoment(() => this.#search.step(query));
  }

  attempt(sequence: number): StoredAttempt | null {
    const row = firstRow(this.#statement("attempt-get"), sequence);
    return row === undefined ? null : attemptOf(row);
  }

  receipts(query: ReceiptQuery): Receipt[] {
    return readReceipts((name) => this.#statement(name), query);
  }

  receipt(id: string): Receipt | null {
    return readReceipt((name) => this.#statement(name), id);
  }

  #head(): number {
    return Number(firstRow(this.#statement("log-head"))?.[0] ?? this.#trimmedThrough());
  }

  #trimmedThrough(): number {
    return Number(firstRow(this.#statement("log-state"))?.[0]);
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

/** The rows that a page may have. `isCut`: there may be more, beyond the position `last`. */
function packPage(
  rows: Iterable<Row>,
  { limit, bytesMax }: PageLimits,
): { columns: EventColumns } & ({ isCut: true; last: number } | { isCut: false; last: number | null }) {
  const packer = new EventPacker();
  let bytes = 0;
  let last: number | null = null;
  for (const row of rows) {
    bytes += (row[8] as Uint8Array).length + ((row[9] as Uint8Array | null)?.length ?? 0);
    if (last !== null && bytes > bytesMax) return { columns: packer.finish(), isCut: true, last };
    packer.addRow(row);
    last = row[0] as number;
    if (packer.count === limit) return { columns: packer.finish(), isCut: true, last };
  }
  return { columns: packer.finish(), isCut: false, last };
}

function parkedOf(row: Row): ParkedDelivery {
  const [position, state, attempts, step, dueAtMs, key] = row as ParkedColumns;
  const known = { position, state, attempts, step, dueAtMs };
  return key === unknownKey ? known : { ...known, key };
}

type ParkedColumns = [number, ParkedDelivery["state"], number, number, number, number];
