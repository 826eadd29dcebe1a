import { defaultTenant } from "../../core/event.ts";
import { Measures } from "../../core/measures.ts";
import { errorClassCodes, triggerCodes } from "../attempt-codes.ts";
import { addBytes, measuresOf, measuresToBytes } from "../statistics-bytes.ts";
import { type FoundAttempt, GroupSums, grainFor, groupKeyOf, hourMs, minuteMs, RowSums } from "../statistics-rows.ts";
import type {
  FoundGroup,
  RolledPage,
  RollState,
  StatisticsQuery,
  StatisticsRow,
  StatisticsStore,
  StatisticsTrimRule,
} from "../statistics-store.ts";
import type { Parameter, Row } from "./database.ts";
import type { StoreParts } from "./parts.ts";
import { isStorable } from "./storable-text.ts";

/** Rows that one statement answers: they are added up in the thread that serves. */
const rowsPerStep = 1000;

/** Any process may add: who comes second finds that another was there (`add`), and reads on from where that came to. */
export class PostgresStatisticsStore implements StatisticsStore {
  readonly #parts: StoreParts;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  async state(): Promise<RollState> {
    const [row] = await this.#parts.database.run("statistics-state");
    return { rolledTo: Number(row?.rolled_to), lastSequence: Number(row?.last_sequence) };
  }

  async page(query: { after: number; limit: number; minutesFromMs: number }): Promise<RolledPage> {
    const found = await this.#parts.database.run("statistics-attempts", [query.after, query.limit]);
    const sums = new RowSums();
    let attempts = 0;
    let through = query.after;
    for (const row of found) {
      sums.add(attemptOf(row));
      attempts += 1;
      through = Number(row.sequence);
      if (sums.isFull) break;
    }
    return { rows: sums.rows(query.minutesFromMs), attempts, through };
  }

  add({ after, rows, through }: RolledPage & { readonly after: number }): Promise<boolean> {
    return this.#parts.write(async (run) => {
      const [state] = await run("statistics-begin");
      if (Number(state?.rolled_to) !== after) return false;
      const keys = keyColumns(rows);
      const found = await run("statistics-get", keys);
      const before = new Map(found.map(({ nth, measures }) => [Number(nth), measures as Uint8Array]));
      const sums = rows.map(({ measures }, index) => sumOf(measures, before.get(index + 1)));
      const columns = [sums.map(({ sent }) => sent), sums.map(measuresToBytes)];
      await run("statistics-put", [...keys, ...columns, through]);
      return true;
    });
  }

  async read(query: StatisticsQuery): Promise<readonly FoundGroup[]> {
    // What cannot be stored has nothing.
    if (!isStorable(query.tenant ?? "") || !isStorable(query.type ?? "")) return [];
    const { run } = this.#parts.database;
    const [shape, conditions] = shapeOf(query);
    const keys = await this.#groups(query);
    const sums = new GroupSums(query, keys);
    const grain = grainFor(query);
    const { stepMs } = query;
    let from: readonly Parameter[] | null = [query.fromMs, "", -1, ""];
    while (from !== null) {
      const rows = await run(`statistics-page${shape}`, [...conditions, ...from, rowsPerStep]);
      for (const row of rows) {
        const {
          begins_at_ms: beginsAtMs,
          tenant,
          endpoint: endpointNumber,
          type,
          measures,
        } = row as unknown as RowColumns;
        const key = groupKeyOf(query.groupBy, { grain, stepMs, beginsAtMs, tenant, endpointNumber, type });
        addBytes(sums.of({ key, beginsAtMs }), measures);
      }
      const last = rows.at(-1) as unknown as RowColumns | undefined;
      const isEnd = rows.length < rowsPerStep || last === undefined;
      from = isEnd ? null : [last.begins_at_ms, last.tenant, last.endpoint, last.type];
    }
    return sums.finish();
  }

  async trim({ minutesBeforeMs, hoursBeforeMs, rowsMax }: StatisticsTrimRule): Promise<boolean> {
    const nowMs = this.#parts.clock.steadyMs();
    let more = false;
    for (const [stepMs, beforeMs] of [
      [minuteMs, minutesBeforeMs],
      [hourMs, hoursBeforeMs],
    ]) {
      const parameters = [stepMs as number, beforeMs as number, rowsMax, nowMs];
      const [row] = await this.#parts.write((run) => run("statistics-trim", parameters));
      more ||= Number(row?.removed) === rowsMax;
    }
    return more;
  }

  async #groups(query: StatisticsQuery): Promise<(string | number | null)[]> {
    const { groupBy, groupsMax, fromMs } = query;
    if (groupBy === "none") return [null];
    const [shape, conditions] = shapeOf(query);
    const parameters = [...conditions, fromMs, groupBy, groupsMax];
    const rows = await this.#parts.database.run(`statistics-groups${shape}`, parameters);
    return rows.map(({ key }) => (groupBy === "endpoint" ? Number(key) : String(key)));
  }
}

interface RowColumns {
  readonly begins_at_ms: number;
  readonly tenant: string;
  readonly endpoint: number;
  readonly type: string;
  readonly measures: Uint8Array;
}

/** Which statements, and the parameters that both have. */
function shapeOf(query: StatisticsQuery): [shape: string, conditions: Parameter[]] {
  const { endpointNumber, tenant, type = null, stepMs, beforeMs } = query;
  const conditions = [grainFor(query), stepMs, beforeMs, type];
  if (endpointNumber !== undefined) return ["-of-endpoint", [...conditions, tenant ?? null, endpointNumber]];
  return tenant === undefined ? ["", conditions] : ["-of-tenant", [...conditions, tenant]];
}

const keyColumns = (rows: readonly StatisticsRow[]): Parameter[] => [
  rows.map(({ grain }) => grain),
  rows.map(({ stepMs }) => stepMs),
  rows.map(({ beginsAtMs }) => beginsAtMs),
  rows.map(({ tenant }) => tenant),
  rows.map(({ endpointNumber }) => endpointNumber),
  rows.map(({ type }) => type),
];

/** What was added up stays as it is: the transaction may be done again. */
function sumOf(added: Measures, before: Uint8Array | undefined): Measures {
  const sum = before === undefined ? new Measures() : measuresOf(before);
  sum.merge(added);
  return sum;
}

function attemptOf(row: Row): FoundAttempt {
  return {
    endpointNumber: Number(row.endpoint),
    number: Number(row.number),
    trigger: triggerCodes.word(Number(row.trigger)),
    startedAtMs: Number(row.started_at_ms),
    durationMs: Number(row.duration_ms),
    errorClass: row.error_class === null ? null : errorClassCodes.word(Number(row.error_class)),
    tenant: (row.tenant as string | null) ?? defaultTenant,
    type: row.type as string | null,
    occurredAtMs: row.occurred_at_ms as number | null,
    acceptedAtMs: row.accepted_at_ms as number | null,
    isOfReplay: row.is_of_replay === true,
    wasSent: row.was_sent === true,
    wasDelivered: row.was_delivered === true,
  };
}
