/** What the reader's thread does for statistics: attempts become rows, and rows an answer. */
import type { DatabaseSync } from "node:sqlite";
import { defaultTenant } from "../../core/event.ts";
import type { Measures } from "../../core/measures.ts";
import { errorClassCodes, triggerCodes } from "../attempt-codes.ts";
import { addBytes, measuresToBytes } from "../statistics-bytes.ts";
import { type FoundAttempt, GroupSums, grainFor, groupKeyOf, RowSums } from "../statistics-rows.ts";
import type { StatisticsQuery, StatisticsRow } from "../statistics-store.ts";
import { allRows, prepare, type Row } from "./sql.ts";

/** A page on its way between threads: measures are bytes. */
export interface PackedPage {
  readonly rows: readonly PackedRow[];
  readonly attempts: number;
  readonly through: number;
}

export type PackedRow = Omit<StatisticsRow, "measures"> & { readonly sent: number; readonly measures: Uint8Array };

/** Where a page of rows ended. */
export interface RowPlace {
  readonly begin: number;
  readonly tenant: string;
  readonly endpoint: number;
  readonly type: string;
}

/** Measures of a page of rows, added up by group and bucket. */
export interface SearchedRows {
  readonly sums: readonly { key: string | number | null; beginsAtMs: number; measures: Uint8Array }[];
  /** Null where no row is left. */
  readonly next: RowPlace | null;
}

/** Rows that one question looks at: other readers wait. */
const rowsPerStep = 5000;

/** By position, then by endpoint. */
type Histories = Map<number, ReadonlyMap<number, Row[]>>;

export class StatisticsSearch {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, ReturnType<typeof prepare>>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  page(query: { after: number; limit: number; minutesFromMs: number }): PackedPage {
    const sums = new RowSums();
    const histories: Histories = new Map();
    let attempts = 0;
    let through = query.after;
    for (const row of this.#statement("statistics-attempts").iterate(query.after, query.limit)) {
      sums.add(this.#found(row as unknown as Row, histories));
      attempts += 1;
      through = Number((row as unknown as Row)[0]);
      if (sums.isFull) break;
    }
    return { rows: sums.rows(query.minutesFromMs).map(packed), attempts, through };
  }

  groups(query: StatisticsQuery): (string | number | null)[] {
    if (query.groupBy === "none") return [null];
    const statement = this.#statement(`statistics-groups${shapeOf(query)}`);
    const rows = statement.all({
      ...conditions(query),
      from: query.fromMs,
      group_by: query.groupBy,
      limit: query.groupsMax,
    });
    return (rows as unknown as Row[]).map(([key]) => key as string | number);
  }

  rows(query: StatisticsQuery, keys: readonly (string | number | null)[], from: RowPlace): SearchedRows {
    const sums = new GroupSums(query, keys);
    const statement = this.#statement(`statistics-page${shapeOf(query)}`);
    const grain = grainFor(query);
    const { stepMs } = query;
    const rows = statement.all({
      ...conditions(query),
      last_begin: from.begin,
      last_tenant: from.tenant,
      last_endpoint: from.endpoint,
      last_type: from.type,
      limit: rowsPerStep,
    }) as unknown as [number, string, number, string, Uint8Array][];
    for (const [beginsAtMs, tenant, endpointNumber, type, measures] of rows) {
      const key = groupKeyOf(query.groupBy, { grain, stepMs, beginsAtMs, tenant, endpointNumber, type });
      addBytes(sums.of({ key, beginsAtMs }), measures);
    }
    const last = rows.at(-1);
    const next = rows.length < rowsPerStep || last === undefined ? null : placeOf(last);
    return { sums: sums.finish().flatMap(({ key, buckets }) => [...buckets].map(summed(key))), next };
  }

  #found(row: Row, histories: Histories): FoundAttempt {
    const [sequence, endpoint, position, number, trigger, startedAtMs, durationMs, errorClass, ...rest] = row;
    const [tenant, type, occurredAtMs, acceptedAtMs, ofEndpoint, hasEarlier] = rest;
    const history = hasEarlier === 1 ? this.#history(Number(position), histories).get(Number(endpoint)) : undefined;
    const before = history?.filter(([, earlier]) => Number(earlier) < Number(sequence)) ?? [];
    return {
      endpointNumber: Number(endpoint),
      number: Number(number),
      trigger: triggerCodes.word(Number(trigger)),
      startedAtMs: Number(startedAtMs),
      durationMs: Number(durationMs),
      errorClass: errorClass === null ? null : errorClassCodes.word(Number(errorClass)),
      tenant: String(tenant ?? ofEndpoint ?? defaultTenant),
      type: type as string | null,
      occurredAtMs: occurredAtMs as number | null,
      acceptedAtMs: acceptedAtMs as number | null,
      isOfReplay: number !== 1 && before.some(([, , byReplay]) => byReplay === 1),
      wasSent: before.some(([, , , isBegin]) => isBegin === 1),
      wasDelivered: before.some(([, , , , isDelivered]) => isDelivered === 1),
    };
  }

  /** Once for an event, however many of its deliveries are on the page; by endpoint: it may have thousands. */
  #history(position: number, histories: Histories): ReadonlyMap<number, Row[]> {
    const known = histories.get(position);
    if (known !== undefined) return known;
    const history = new Map<number, Row[]>();
    for (const row of allRows(this.#statement("statistics-delivery"), position)) {
      const rows = history.get(Number(row[0]));
      if (rows === undefined) history.set(Number(row[0]), [row]);
      else rows.push(row);
    }
    histories.set(position, history);
    return history;
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

const packed = ({ measures, ...key }: StatisticsRow): PackedRow => ({
  ...key,
  sent: measures.sent,
  measures: measuresToBytes(measures),
});

const summed =
  (key: string | number | null) =>
  ([beginsAtMs, measures]: [number, Measures]): SearchedRows["sums"][number] => ({
    key,
    beginsAtMs,
    measures: measuresToBytes(measures),
  });

const placeOf = ([begin, tenant, endpoint, type]: readonly [number, string, number, string, Uint8Array]): RowPlace => ({
  begin,
  tenant,
  endpoint,
  type,
});

function shapeOf({ endpointNumber, tenant }: StatisticsQuery): string {
  if (tenant === undefined) return "";
  return endpointNumber === undefined ? "-of-tenant" : "-of-endpoint";
}

/** The parameters that every statement has. */
function conditions(query: StatisticsQuery): Record<string, string | number | null> {
  const { endpointNumber, tenant, type = null, stepMs, beforeMs } = query;
  return {
    grain: grainFor(query),
    step: stepMs,
    before: beforeMs,
    type,
    ...((endpointNumber !== undefined || tenant === undefined) && { endpoint: endpointNumber ?? null }),
    ...(tenant !== undefined && { tenant }),
  };
}
