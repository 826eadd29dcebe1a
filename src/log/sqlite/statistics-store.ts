import { measuresOf, measuresToBytes } from "../statistics-bytes.ts";
import { GroupSums } from "../statistics-rows.ts";
import type {
  FoundGroup,
  RolledPage,
  RollState,
  StatisticsQuery,
  StatisticsStore,
  StatisticsTrimRule,
} from "../statistics-store.ts";
import type { StatisticsChange } from "./group.ts";
import type { LazyThread } from "./lazy-thread.ts";
import type { StatisticsQuestion } from "./reader-worker.ts";
import type { PackedPage, RowPlace, SearchedRows } from "./statistics-search.ts";
import type { Writer } from "./writer.ts";

export class SqliteStatisticsStore implements StatisticsStore {
  readonly #writer: Writer;
  readonly #reader: LazyThread;

  constructor(writer: Writer, reader: LazyThread) {
    this.#writer = writer;
    this.#reader = reader;
  }

  /** Asked of the writer's thread: that is there, and the other one would be started for it. */
  state(): Promise<RollState> {
    return this.#writer.load<RollState>("loadStatistics");
  }

  async page(query: { after: number; limit: number; minutesFromMs: number }): Promise<RolledPage> {
    const page = await this.#ask<PackedPage>({ do: "rollStatistics", ...query });
    return { ...page, rows: page.rows.map((row) => ({ ...row, measures: measuresOf(row.measures) })) };
  }

  async add({ after, rows, attempts, through }: RolledPage & { readonly after: number }): Promise<boolean> {
    const packed = rows.map(({ measures, ...key }) => {
      return { ...key, sent: measures.sent, measures: measuresToBytes(measures) };
    });
    return this.#submit({ do: "addStatistics", after, page: { rows: packed, attempts, through } });
  }

  /** In steps, between which other questions are answered. */
  async read(query: StatisticsQuery): Promise<readonly FoundGroup[]> {
    const keys = await this.#ask<(string | number | null)[]>({ do: "statisticsGroups", query });
    const sums = new GroupSums(query, keys);
    let from: RowPlace | null = { begin: query.fromMs, tenant: "", endpoint: -1, type: "" };
    while (from !== null) {
      const step: SearchedRows = await this.#ask({ do: "statisticsRows", query, keys, from });
      for (const { key, beginsAtMs, measures } of step.sums) sums.of({ key, beginsAtMs }).merge(measuresOf(measures));
      from = step.next;
    }
    return sums.finish();
  }

  trim(rule: StatisticsTrimRule): Promise<boolean> {
    return this.#submit({ do: "trimStatistics", rule });
  }

  async #submit(change: StatisticsChange): Promise<boolean> {
    return (await this.#writer.submit<number>({ do: "change", change, announce: null })) === 1;
  }

  #ask<Answer>(question: StatisticsQuestion): Promise<Answer> {
    return this.#reader.ask<Answer>(question);
  }
}
