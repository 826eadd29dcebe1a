/** The log as readers pull it: [page → wait → stream]. Pages of what is there, and word of what comes. */
import type { StoredEvent } from "../core/event.ts";
import type { Clock } from "../core/ports.ts";
import type { EventLog } from "../log/event-log.ts";
import type { Tail } from "../log/tail.ts";
import type { FeedPage } from "./page-builder.ts";
import { PageReader } from "./page-reader.ts";
import type { Selection } from "./selection.ts";
import { Waiters, type Waiting } from "./waiters.ts";

export type { FeedPage } from "./page-builder.ts";
export type { Waiting } from "./waiters.ts";

interface AnyPageQuery {
  readonly selection: Selection;
  readonly limit: number;
  /** Asked while a page takes long: true where nobody is left to read it, and it may end anywhere. */
  readonly isGone?: () => boolean;
}

export interface PageQuery extends AnyPageQuery {
  /** The page begins beyond this position. */
  readonly after: number;
}

export interface PageBackQuery extends AnyPageQuery {
  /** The page begins before this position, and goes down. */
  readonly before: number;
  /** The last position that it is about; down to the earliest event where absent. */
  readonly downTo?: number;
}

export interface WaitQuery {
  readonly selection: Selection;
  /** What comes beyond this position. */
  readonly after: number;
  readonly limit: number;
  readonly waitMs: number;
}

export class Feed {
  readonly #reader: PageReader;
  readonly #waiters: Waiters;

  constructor(parts: { readonly events: EventLog; readonly tail: Tail; readonly clock: Pick<Clock, "steadyMs"> }) {
    this.#reader = new PageReader(parts);
    this.#waiters = new Waiters(parts);
  }

  /**
   * One page of what is there. Rejects as the log does, and with `cursor-expired` where retention has passed, or passes
   * meanwhile, the position that it begins at.
   */
  page(query: PageQuery): Promise<FeedPage> {
    return this.#reader.page(query);
  }

  /** One page, newest first. */
  pageBack(query: PageBackQuery): Promise<FeedPage> {
    return this.#reader.pageBack(query);
  }

  /**
   * For a reader whose page was empty up to the head. Calls `onPage` once, and never before it returns: with the events
   * that came, or with an empty page when the time is up or the feed closes. Readers that wait for the same are given
   * the same page, so that its bytes are built once. Refuses with `too-many-waiting`.
   */
  wait(query: WaitQuery, onPage: (page: FeedPage) => void): Waiting {
    return this.#waiters.add(query, onPage);
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.count;
  }

  /** Events were appended, and are in the tail. */
  appended(events: readonly StoredEvent[]): void {
    this.#waiters.appended(events);
  }

  /** True when nobody is made to wait any more. */
  get isClosed(): boolean {
    return this.#waiters.isClosed;
  }

  /** Answers everyone who waits, and everyone who comes, at once. */
  close(): void {
    this.#waiters.close();
  }
}
