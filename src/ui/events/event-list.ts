/**
 * The events that a page shows: newest first, older ones as they are scrolled to, and new ones as they come. While
 * somebody reads further down, or has paused, what comes is kept aside and counted.
 */
import type { EventPage, TrotlineEvent } from "../../sdk/wire.ts";
import { isAway } from "../api/ask.ts";

export interface EventRow extends Pick<TrotlineEvent, "id" | "type" | "occurred_at" | "accepted_at" | "cursor"> {
  readonly subject: string | null;
  readonly source: string | null;
  /** The beginning of its data. */
  readonly preview: string;
}

export interface ShownEvents {
  readonly rows: readonly EventRow[];
  /** New ones that are kept aside. */
  readonly fresh: number;
  /** There are more than are kept. */
  readonly isFreshCut: boolean;
  /** Nothing older is to be had. */
  readonly isEnd: boolean;
  /** As many as are shown at all. */
  readonly isFull: boolean;
  /** Pages of which nothing was found since something was, or since somebody asked to go on. */
  readonly emptyPages: number;
  readonly isLoading: boolean;
  /** Why older ones could not be read. */
  readonly problem: unknown;
  /** New ones cannot be asked for at the moment. */
  readonly isCutOff: boolean;
}

export interface Asking {
  readonly order?: "desc";
  readonly after?: string;
  readonly limit: number;
  readonly wait?: number;
}

export interface EventSource {
  ask(query: Asking, signal: AbortSignal): Promise<EventPage>;
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** False where the events that are looked for have come already. */
  readonly isLive: boolean;
}

export const listBounds = { rows: 100_000, fresh: 1000, emptyPages: 10, firstPage: 100, page: 1000 };
const waitSeconds = 25;
/** Between two looks while events come all the time. */
const restMs = 250;
const cutOffRestMs = 3000;
const previewLength = 160;

const nothing: ShownEvents = {
  rows: [],
  fresh: 0,
  isFreshCut: false,
  isEnd: false,
  isFull: false,
  emptyPages: 0,
  isLoading: true,
  problem: null,
  isCutOff: false,
};

export class EventList {
  readonly #source: EventSource;
  readonly #listeners = new Set<() => void>();
  #shown = nothing;
  #fresh: readonly EventRow[] = [];
  #known = new Set<string>();
  #older: string | null = null;
  #isFollowing = true;
  #stop = new AbortController();

  constructor(source: EventSource) {
    this.#source = source;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): ShownEvents => this.#shown;

  /** From the end of the log; also a second time. */
  start(): void {
    this.stop();
    this.#stop = new AbortController();
    [this.#fresh, this.#known, this.#older, this.#shown] = [[], new Set(), null, nothing];
    this.#tell({});
    void this.#run(this.#stop.signal);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Whether what comes is shown at once. */
  follow(isFollowing: boolean): void {
    this.#isFollowing = isFollowing;
    if (isFollowing) this.showFresh();
  }

  showFresh(): void {
    if (this.#shown.isFreshCut) this.start();
    else if (this.#fresh.length > 0) {
      this.#prepend(this.#fresh);
      this.#fresh = [];
      this.#tell({ fresh: 0 });
    }
  }

  /** The next older ones; where many pages have nothing, it ends, and goes on when it is called again. */
  async loadOlder(): Promise<void> {
    const { isLoading, isEnd, isFull } = this.#shown;
    if (isLoading || isEnd || isFull) return;
    this.#tell({ isLoading: true, emptyPages: 0, problem: null });
    await this.#readOlder(this.#stop.signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    // The end first: what comes while the first page is read is then seen, too.
    const end = this.#source.isLive ? await this.#end(signal) : null;
    if (signal.aborted) return;
    await this.#readOlder(signal);
    if (end !== null) await this.#watch(end, signal);
  }

  async #end(signal: AbortSignal): Promise<string | null> {
    try {
      return (await this.#askPatiently({ after: "latest", limit: 1 }, signal)).next_cursor;
    } catch {
      return null;
    }
  }

  /** Until somebody answers. */
  async #askPatiently(query: Asking, signal: AbortSignal): Promise<EventPage> {
    for (;;) {
      try {
        const page = await this.#source.ask(query, signal);
        if (this.#shown.isCutOff && !signal.aborted) this.#tell({ isCutOff: false });
        return page;
      } catch (error) {
        if (signal.aborted || !isAway(error)) throw error;
        this.#tell({ isCutOff: true });
        await this.#source.pause(cutOffRestMs, signal);
      }
    }
  }

  async #readOlder(signal: AbortSignal): Promise<void> {
    try {
      for (let empty = 0; empty < listBounds.emptyPages; empty++) {
        const limit = this.#shown.rows.length === 0 ? listBounds.firstPage : listBounds.page;
        const after = this.#older === null ? {} : { after: this.#older };
        const page = await this.#askPatiently({ order: "desc", limit, ...after }, signal);
        if (signal.aborted) return;
        this.#older = page.next_cursor;
        const rows = this.#unknown(page.data);
        const all = rows.length === 0 ? this.#shown.rows : [...this.#shown.rows, ...rows];
        this.#tell({
          rows: all,
          isEnd: !page.has_more,
          isFull: all.length >= listBounds.rows,
          emptyPages: rows.length === 0 ? empty + 1 : 0,
        });
        if (rows.length > 0 || !page.has_more) break;
      }
      this.#tell({ isLoading: false });
    } catch (problem) {
      if (!signal.aborted) this.#tell({ isLoading: false, problem });
    }
  }

  async #watch(end: string, signal: AbortSignal): Promise<void> {
    for (let after: string | null = end; !signal.aborted; ) {
      try {
        if (after === null) {
          this.start();
          return;
        }
        const page = await this.#source.ask({ after, wait: waitSeconds, limit: listBounds.page }, signal);
        if (signal.aborted) return;
        after = page.next_cursor;
        if (this.#shown.isCutOff) this.#tell({ isCutOff: false });
        if (page.data.length === 0) continue;
        this.#arrive(page.data);
        await this.#source.pause(restMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        // A cursor that does not hold any more: the log is another one, or has gone on without this page.
        if (isOfCursor(error)) after = null;
        this.#tell({ isCutOff: true });
        await this.#source.pause(cutOffRestMs, signal);
      }
    }
  }

  #arrive(events: readonly TrotlineEvent[]): void {
    const rows = this.#unknown(events).reverse();
    if (rows.length === 0) return;
    if (this.#isFollowing) {
      this.#prepend(rows);
      return;
    }
    const { fresh: most } = listBounds;
    const all = [...rows, ...this.#fresh];
    this.#fresh = all.slice(0, most);
    this.#tell({ fresh: this.#fresh.length, isFreshCut: this.#shown.isFreshCut || all.length > most });
  }

  #prepend(rows: readonly EventRow[]): void {
    const all = [...rows, ...this.#shown.rows];
    for (const { id } of all.slice(listBounds.rows)) this.#known.delete(id);
    const kept = all.slice(0, listBounds.rows);
    const isCut = kept.length < all.length;
    if (isCut) this.#older = kept.at(-1)?.cursor ?? null;
    this.#tell({ rows: kept, isFull: kept.length >= listBounds.rows, isEnd: this.#shown.isEnd && !isCut });
  }

  #unknown(events: readonly TrotlineEvent[]): EventRow[] {
    const rows = events.filter(({ id }) => !this.#known.has(id)).map(rowOf);
    for (const { id } of rows) this.#known.add(id);
    return rows;
  }

  #tell(change: Partial<ShownEvents>): void {
    this.#shown = { ...this.#shown, ...change };
    for (const listener of this.#listeners) listener();
  }
}

const isOfCursor = (error: unknown): boolean => {
  const { code } = error as { readonly code?: string };
  return code === "cursor-expired" || code === "cursor-forked" || code === "cursor-invalid";
};

/** Without its data, of which a hundred thousand would not fit. */
function rowOf({ id, type, occurred_at, accepted_at, cursor, subject, source, data }: TrotlineEvent): EventRow {
  const preview = (JSON.stringify(data) ?? "").slice(0, previewLength);
  return { id, type, occurred_at, accepted_at, cursor, subject: subject ?? null, source: source ?? null, preview };
}
