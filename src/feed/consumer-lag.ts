/** How far behind a consumer is: the oldest event that it has not acknowledged, found without reading the log again. */
import type { FeedPage } from "./feed.ts";

/** When an event was accepted, by its position. */
interface Mark {
  readonly position: number;
  readonly acceptedAtMs: number;
}

/** The events that one selection takes, of those beyond `after` and up to `through`. Bounded by a page. */
interface Known {
  readonly after: number;
  readonly through: number;
  readonly marks: readonly Mark[];
}

const nothing: Known = { after: 0, through: 0, marks: [] };

export class ConsumerLag {
  #known = nothing;

  /** A page was read from beyond `after`: those that are acknowledged next are most likely of it. */
  noted(after: number, page: FeedPage): void {
    const marks = page.events.map(({ position, acceptedAtMs }) => ({ position, acceptedAtMs }));
    this.#known = { after, through: page.through, marks };
  }

  /**
   * When the oldest event beyond a position was accepted; null where there is none. Where a look found none and the log
   * goes on, or there is to be no look (`canLook`), the first event that was not looked at stands for it: `firstAfter`
   * tells when that was accepted.
   */
  async oldestAcceptedAtMs(
    position: number,
    log: {
      readonly canLook: boolean;
      /** A page of one event, or none. */
      readonly pageAfter: (after: number) => Promise<FeedPage>;
      readonly firstAfter: (after: number) => Promise<number | null>;
    },
  ): Promise<number | null> {
    const mark = this.#markBeyond(position);
    if (mark !== undefined) return mark.acceptedAtMs;
    const { after, through } = this.#known;
    const isWithin = position >= after && position <= through;
    if (!log.canLook) return log.firstAfter(isWithin ? through : position);
    const page = await log.pageAfter(isWithin ? through : position);
    this.noted(isWithin ? after : position, page);
    const [found] = page.events;
    if (found !== undefined) return found.acceptedAtMs;
    return page.more ? log.firstAfter(page.through) : null;
  }

  #markBeyond(position: number): Mark | undefined {
    const { after, marks } = this.#known;
    return position < after ? undefined : marks.find((mark) => mark.position > position);
  }
}
