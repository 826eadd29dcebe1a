/** Reads the range of a replay, a page at a time, and picks what it takes. */
import type { StoredEvent } from "../core/event.ts";
import { type Replay, replayFilter } from "../core/replay.ts";
import type { Store } from "../log/store.ts";
import type { Registry } from "../registry/registry.ts";
import { FilterTime } from "./filter-time.ts";
import type { JournalWriter } from "./journal-writer.ts";
import { readFailed } from "./recovery-reading.ts";
import type { ReplayPage } from "./replay-page.ts";

/** A page that is counted, and one that is sent, whose events are held until they are. */
const countedPage = { limit: 1000, bytesMax: 1024 * 1024 };
const sentPage = { limit: 100, bytesMax: 256 * 1024 };

interface ReplayReadingParts {
  readonly store: Store;
  readonly journal: JournalWriter;
  readonly registry: Registry;
}

export class ReplayReading {
  readonly #parts: ReplayReadingParts;
  readonly #filterTime = new FilterTime();
  /** One page after another, whoever asks: the reader of the store serves lanes that are behind, too. */
  #lastRead: Promise<unknown> = Promise.resolve();

  constructor(parts: ReplayReadingParts) {
    this.#parts = parts;
  }

  /** The next page behind `after`, of the events of `tenant`. Rejects where the store cannot be read. */
  page(replay: Replay, from: { after: number; tenant: string; purpose: "count" | "send" }): Promise<ReplayPage> {
    const page = this.#lastRead.then(() => this.#read(replay, from));
    this.#lastRead = page.catch(() => {});
    return page;
  }

  async #read(replay: Replay, from: { after: number; tenant: string; purpose: "count" | "send" }): Promise<ReplayPage> {
    if (replay.only === "parked") {
      await this.#parts.journal.flushed();
      return readFailed(this.#parts.store, replay, from);
    }
    const { events } = this.#parts.store;
    const { after, tenant } = from;
    const size = from.purpose === "count" ? countedPage : sentPage;
    const page = await events.read({ after, tenant, ...size });
    const inRange = page.events.filter((event) => event.position <= replay.last);
    const isLast = page.through <= after || page.through >= replay.last;
    const firstRead = page.events[0]?.position ?? page.through + 1;
    const removed = Math.min(events.bounds().earliest, firstRead, replay.last + 1) - 1 - after;
    const delivered = replay.only === "failed" ? await this.#deliveredAmong(replay, inRange) : null;
    const takes = replayFilter(replay);
    const wanted = inRange.filter((event) => takes(event, (position) => delivered?.has(position) === true));
    const taken = await this.#filtered(replay, wanted);
    return {
      events: taken,
      count: taken.length,
      through: isLast ? replay.last : page.through,
      lost: Math.max(0, removed),
    };
  }

  /** The endpoint's filter holds for what is sent again, too. */
  async #filtered(replay: Replay, events: readonly StoredEvent[]): Promise<readonly StoredEvent[]> {
    const { registry } = this.#parts;
    const endpoint = registry.endpointByNumber(replay.endpointNumber);
    if (endpoint === undefined || endpoint.filter === null) return events;
    const taken: StoredEvent[] = [];
    for (const event of events) {
      if (this.#filterTime.isSpent) await this.#filterTime.pause();
      if (this.#filterTime.ask(event, () => registry.matching.passes(endpoint, event))) taken.push(event);
    }
    return taken;
  }

  /** Of these events; what was journalled a moment ago counts. */
  async #deliveredAmong(replay: Replay, events: readonly StoredEvent[]): Promise<ReadonlySet<number>> {
    const first = events[0]?.position;
    const last = events.at(-1)?.position;
    if (first === undefined || last === undefined) return new Set();
    await this.#parts.journal.flushed();
    return new Set(await this.#parts.store.journal.deliveredAmong(replay.endpointNumber, { first, last }));
  }
}
