import { setImmediate as nextTurn } from "node:timers/promises";
import type { StoredEvent } from "../../src/core/event.ts";
import { Feed } from "../../src/feed/feed.ts";
import { makeSelection, type Selection, type SelectionInput } from "../../src/feed/selection.ts";
import type { EventLog, EventPage } from "../../src/log/event-log.ts";
import { Tail } from "../../src/log/tail.ts";

export const epochs = [{ id: "000000000000", after: 0 }];

/** Takes all events of the default tenant, but for what the test is about. */
export const selectionOf = (input: Partial<SelectionInput> = {}): Selection =>
  makeSelection({ tenant: "default", types: [], subject: null, filter: null, ...input });

/** A log that is a list, with a ring that holds only its end, and a store that answers in another turn. */
export class ListedLog {
  readonly events: StoredEvent[] = [];
  trimmedThrough = 0;
  readonly tail: Tail;
  readonly feed: Feed;
  reads = 0;

  constructor(tailBytesMax: number, clock = { steadyMs: () => performance.now() }) {
    this.tail = new Tail(0, tailBytesMax);
    const log = {
      bounds: () => ({
        epochs,
        earliest: this.trimmedThrough + 1,
        head: this.events.length,
      }),
      read: (query: { after: number; limit: number; bytesMax: number; tenant?: string }) =>
        this.#read(
          this.events.filter(({ position }) => position > query.after),
          query,
          false,
        ),
      readBack: (query: { before: number; limit: number; bytesMax: number; tenant?: string }) =>
        this.#read(this.events.filter(({ position }) => position < query.before).reverse(), query, true),
    } as unknown as EventLog;
    this.feed = new Feed({ events: log, tail: this.tail, clock });
  }

  append(...added: Partial<StoredEvent>[]): void {
    const events = added.map((members, index): StoredEvent => {
      const position = this.events.length + index + 1;
      return {
        id: `evt_${position}`,
        tenant: "default",
        type: "order.paid",
        subject: null,
        occurredAtMs: 0,
        acceptedAtMs: position,
        version: null,
        request: null,
        data: Buffer.from(`{"n":${position}}`),
        position,
        ...members,
      };
    });
    this.events.push(...events);
    this.tail.push(events);
    this.feed.appended(events);
  }

  async #read(
    from: readonly StoredEvent[],
    query: { limit: number; bytesMax: number; tenant?: string },
    isBack: boolean,
  ): Promise<EventPage> {
    this.reads += 1;
    await nextTurn();
    let bytes = 0;
    const events: StoredEvent[] = [];
    for (const event of from) {
      if (event.position <= this.trimmedThrough || event.tenant !== (query.tenant ?? event.tenant)) continue;
      bytes += event.data.length;
      const last = events.at(-1);
      if (last !== undefined && (events.length === query.limit || bytes > query.bytesMax)) {
        return { events, through: last.position };
      }
      events.push(event);
    }
    return { events, through: isBack ? this.trimmedThrough + 1 : this.events.length };
  }
}
