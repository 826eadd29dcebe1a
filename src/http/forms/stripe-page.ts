/** Finds the events of one page of a list: between two times, older or newer than an event, by what came of them. */
import type { App } from "../../app.ts";
import { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { FeedPage } from "../../feed/feed.ts";
import type { Selection } from "../../feed/selection.ts";
import type { FormRequest } from "./form.ts";
import { StripeRefusal } from "./stripe-error.ts";
import { undelivered } from "./stripe-event.ts";
import type { StripeListQuery } from "./stripe-query.ts";

/** Pages of the feed that one request reads, each of which looks at `limits.scannedPerPage` events at most. */
const feedPagesMax = 20;
/** Events whose deliveries one request looks up, but for the last page of the feed. */
const deliveriesSeenMax = 1000;

export interface StripeEntry {
  readonly event: StoredEvent;
  /** Webhooks of it that are not delivered. */
  readonly pending: number;
}

interface Found {
  /** Newest first. */
  readonly entries: readonly StripeEntry[];
  /** True when the list goes on beyond the page, in the direction in which it was read. */
  readonly hasMore: boolean;
}

/** The list is of what is beyond `after` and up to `through`. */
interface Range {
  readonly after: number;
  readonly through: number;
}

export class StripePage {
  readonly #app: App;
  readonly #isGone: () => boolean;
  readonly #selection: Selection;
  readonly #query: StripeListQuery;
  readonly #entries: StripeEntry[] = [];
  #dataBytes = 0;
  #deliveriesSeen = 0;

  constructor({ app, isGone }: FormRequest, selection: Selection, query: StripeListQuery) {
    this.#app = app;
    this.#isGone = isGone;
    this.#selection = selection;
    this.#query = query;
  }

  /** Refuses with `invalid-query`: an event that is not there, or a filter that takes next to nothing. */
  async read(): Promise<Found> {
    const range = await this.#range();
    const isNewerFirst = this.#query.endingBefore === null;
    let at = isNewerFirst ? range.through + 1 : range.after;
    for (let pages = 0; ; pages++) {
      if (isNewerFirst ? at <= range.after + 1 : at >= range.through) return this.#page(false);
      if (this.#isFull()) return this.#page(true);
      if (pages === feedPagesMax || this.#deliveriesSeen >= deliveriesSeenMax) return this.#cutShort(at);
      const page = await this.#feedPage(at);
      const events = page.events.filter(({ position }) => position > range.after && position <= range.through);
      for (const entry of await this.#withPending(events)) {
        if (this.#isFull()) return this.#page(true);
        this.#take(entry);
      }
      if (!page.more || events.length < page.events.length) return this.#page(false);
      at = page.through;
    }
  }

  #feedPage(at: number): Promise<FeedPage> {
    const { endingBefore, limit, deliverySuccess } = this.#query;
    const limitOfPage = deliverySuccess === null ? limit + 1 : limits.listPageSize;
    const query = { selection: this.#selection, limit: limitOfPage, isGone: this.#isGone };
    return endingBefore === null
      ? this.#app.feed.pageBack({ ...query, before: at })
      : this.#app.feed.page({ ...query, after: at });
  }

  /** All at once: they wait for the store, and not for each other. */
  #withPending(events: readonly StoredEvent[]): Promise<StripeEntry[]> {
    this.#deliveriesSeen += events.length;
    const { deliveries } = this.#app;
    return Promise.all(events.map(async (event) => ({ event, pending: undelivered(await deliveries.ofEvent(event)) })));
  }

  #take(entry: StripeEntry): void {
    const { deliverySuccess } = this.#query;
    if (deliverySuccess !== null && deliverySuccess !== (entry.pending === 0)) return;
    this.#entries.push(entry);
    this.#dataBytes += entry.event.data.length;
  }

  /** One more than the page has, which tells whether the list goes on; or as many bytes as an answer may have. */
  #isFull(): boolean {
    return this.#entries.length > this.#query.limit || this.#dataBytes >= limits.pageBytes;
  }

  #page(isCut: boolean): Found {
    const hasMore = isCut || this.#entries.length > this.#query.limit;
    const entries = this.#entries.slice(0, this.#query.limit);
    return { entries: this.#query.endingBefore === null ? entries : entries.reverse(), hasMore };
  }

  /**
   * The request looked at as many events as it may. What it found is a page like any other, and the next begins behind
   * it; but a page without an event has no id to go on from, and `has_more: false` would be a lie.
   */
  async #cutShort(lastSeen: number): Promise<Found> {
    if (this.#entries.length > 0) return this.#page(true);
    const { events } = this.#app.store;
    const oneEvent = { limit: 1, bytesMax: 1, tenant: this.#selection.tenant };
    const isDown = this.#query.endingBefore === null;
    const found = isDown
      ? await events.read({ ...oneEvent, after: lastSeen - 1 })
      : await events.readBack({ ...oneEvent, before: lastSeen + 1 });
    const field = isDown ? "starting_after" : "ending_before";
    const detail =
      "None of as many events as one request looks at is among those asked for. " +
      `Go on with \`${field}=${found.events[0]?.id}\`.`;
    throw new TrotlineError("invalid-query", detail, { field });
  }

  async #range(): Promise<Range> {
    const { startingAfter, endingBefore, fromMs, beforeMs } = this.#query;
    const { events } = this.#app.store;
    let after = fromMs === null ? 0 : await events.positionBefore(fromMs);
    let through = events.bounds().head;
    if (beforeMs !== null) through = Math.min(through, await events.positionBefore(beforeMs));
    if (startingAfter !== null) {
      through = Math.min(through, (await this.#positionOf("starting_after", startingAfter)) - 1);
    }
    if (endingBefore !== null) after = Math.max(after, await this.#positionOf("ending_before", endingBefore));
    return { after, through };
  }

  async #positionOf(parameter: string, id: string): Promise<number> {
    const event = await this.#app.store.events.find(this.#selection.tenant, id);
    if (event !== null) return event.position;
    const detail = `No such event: '${id.slice(0, limits.eventIdLength)}'`;
    throw new StripeRefusal("resource_missing", "invalid-query", { detail, field: parameter });
  }
}
