import type { StoredEvent } from "../../core/event.ts";
import type {
  AppendOutcome,
  AppendRequest,
  EventLog,
  EventPage,
  LogBounds,
  ReadBackQuery,
  ReadQuery,
  Redeliveries,
  TrimResult,
  TrimRule,
} from "../event-log.ts";
import { type EventColumns, unpackEvents } from "./event-columns.ts";
import type { LazyThread } from "./lazy-thread.ts";
import type { ReaderQuestion } from "./reader-worker.ts";
import type { PageAnswer } from "./reads.ts";
import type { Writer } from "./writer.ts";

export class SqliteEventLog implements EventLog {
  readonly #writer: Writer;
  readonly #reader: LazyThread;

  constructor(writer: Writer, reader: LazyThread) {
    this.#writer = writer;
    this.#reader = reader;
  }

  append(request: AppendRequest): Promise<AppendOutcome> {
    return this.#writer.submit<AppendOutcome>({ do: "append", request });
  }

  bounds(): LogBounds {
    return this.#writer.bounds();
  }

  onAppended(listener: (events: readonly StoredEvent[]) => void): void {
    this.#writer.onAppended(listener);
  }

  async read(query: ReadQuery): Promise<EventPage> {
    const { columns, through } = await this.#ask<PageAnswer>({ do: "page", query });
    return { events: unpackEvents(columns), through };
  }

  async readBack(query: ReadBackQuery): Promise<EventPage> {
    const { columns, through } = await this.#ask<PageAnswer>({ do: "pageBack", query });
    return { events: unpackEvents(columns), through };
  }

  async find(tenant: string, id: string): Promise<StoredEvent | null> {
    const columns = await this.#ask<EventColumns | null>({ do: "find", tenant, id });
    return columns === null ? null : (unpackEvents(columns)[0] ?? null);
  }

  redeliveries(position: number): Promise<Redeliveries> {
    return this.#ask<Redeliveries>({ do: "redeliveries", position });
  }

  positionBefore(timeMs: number): Promise<number> {
    return this.#ask<number>({ do: "positionBefore", timeMs });
  }

  trim(rule: TrimRule): Promise<TrimResult> {
    return this.#writer.submit<TrimResult>({ do: "trim", rule });
  }

  #ask<Answer>(question: ReaderQuestion): Promise<Answer> {
    return this.#reader.ask<Answer>(question);
  }
}
