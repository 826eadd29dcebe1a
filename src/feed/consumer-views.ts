/** Where consumers stand in the log: how far behind each is, and how near retention is to it. */
import {
  atRiskRatio,
  type Consumer,
  type ConsumerState,
  consumerState,
  type RetentionFacts,
} from "../core/consumer.ts";
import { TrotlineError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import type { EventLog } from "../log/event-log.ts";
import type { Pages } from "./consumer-fetch.ts";
import type { ConsumerLag } from "./consumer-lag.ts";
import type { Selection } from "./selection.ts";

/** A consumer, and where it stands now. */
export interface ConsumerView {
  readonly consumer: Consumer;
  readonly head: number;
  readonly state: ConsumerState;
  /** When the oldest event that it has not acknowledged was accepted; null where there is none. By the steady clock. */
  readonly oldestAcceptedAtMs: number | null;
  readonly lagMs: number;
  /** By the steady clock; null while nobody has its lease. */
  readonly leasedUntilMs: number | null;
}

/** What reads a consumer, made ready. */
export interface Ready {
  readonly selection: Selection;
  readonly lag: ConsumerLag;
}

/** Of whom a view is. */
export interface Viewed {
  readonly consumer: Consumer;
  readonly leasedUntilMs: number | null;
  readonly ready: (consumer: Consumer) => Ready;
}

export interface ViewsOptions {
  readonly events: Pick<EventLog, "bounds" | "read" | "positionBefore">;
  readonly feed: Pages;
  readonly clock: Clock;
  readonly logBytes: () => number;
  readonly retentionAgeMs: number;
  readonly retentionBytesMax: number | null;
}

/**
 * Events that one list of consumers looks at to find the oldest that each has not acknowledged; those that one of them
 * looks at may be as many as a page does. The next list goes on from there.
 */
const lookedAtPerList = 20_000;

/** How many events may still be looked at. */
interface Look {
  left: number;
}

/** The log is asked for its old end no more often than this. */
const oldThroughEveryMs = 1000;

export class ConsumerViews {
  readonly #options: ViewsOptions;
  #oldThrough: { readonly readAtMs: number; readonly position: Promise<number> } | null = null;

  constructor(options: ViewsOptions) {
    this.#options = options;
  }

  view(viewed: Viewed): Promise<ConsumerView> {
    return this.#view(viewed, { left: 1 });
  }

  /** One after the other; null, and left out, is who went meanwhile. */
  async list(asked: Iterable<() => Viewed | null>): Promise<ConsumerView[]> {
    const views: ConsumerView[] = [];
    const look = { left: lookedAtPerList };
    for (const ask of asked) {
      const viewed = ask();
      if (viewed !== null) views.push(await this.#view(viewed, look));
    }
    return views;
  }

  /** What says how near retention is to each. */
  async retentionFacts(): Promise<RetentionFacts> {
    const oldThrough = await this.#readOldThrough();
    const { earliest, head } = this.#options.events.bounds();
    return {
      earliest,
      head,
      oldThrough,
      logBytes: this.#options.logBytes(),
      bytesMax: this.#options.retentionBytesMax,
    };
  }

  async #view(viewed: Viewed, look: Look): Promise<ConsumerView> {
    const { events, clock } = this.#options;
    const { consumer, leasedUntilMs } = viewed;
    const { position } = consumer;
    const { earliest, head: known } = events.bounds();
    // Another process may have shown, and been acknowledged, what this one has not heard of.
    const head = Math.max(known, position);
    const isBehind = position < head;
    const oldestAcceptedAtMs = isBehind ? await this.#oldestAcceptedAtMs(viewed, look) : null;
    const oldThrough = isBehind ? await this.#readOldThrough() : 0;
    const state = consumerState(position, {
      earliest,
      head,
      oldThrough,
      logBytes: this.#options.logBytes(),
      bytesMax: this.#options.retentionBytesMax,
    });
    const lagMs = oldestAcceptedAtMs === null ? 0 : Math.max(0, clock.steadyMs() - oldestAcceptedAtMs);
    return { consumer, head, state, oldestAcceptedAtMs, lagMs, leasedUntilMs };
  }

  /** Of what is left of the log, where retention passed the consumer. */
  async #oldestAcceptedAtMs({ consumer, ready }: Viewed, look: Look): Promise<number | null> {
    const { events, feed } = this.#options;
    const { selection, lag } = ready(consumer);
    const position = Math.max(consumer.position, events.bounds().earliest - 1);
    const pageAfter = async (after: number) => {
      const page = await feed.page({ selection, after, limit: 1 });
      look.left -= page.through - after;
      return page;
    };
    const firstAfter = async (after: number) => {
      const { events: found } = await events.read({ after, limit: 1, bytesMax: 1, tenant: consumer.tenant });
      return found[0]?.acceptedAtMs ?? null;
    };
    try {
      return await lag.oldestAcceptedAtMs(position, { canLook: look.left > 0, pageAfter, firstAfter });
    } catch (error) {
      // Retention ran meanwhile.
      if (error instanceof TrotlineError && error.code === "cursor-expired") return firstAfter(position);
      throw error;
    }
  }

  /** The last position older than most of what retention keeps. One question serves all consumers for a while. */
  async #readOldThrough(): Promise<number> {
    const { clock, events, retentionAgeMs } = this.#options;
    const nowMs = clock.steadyMs();
    if (this.#oldThrough === null || nowMs - this.#oldThrough.readAtMs >= oldThroughEveryMs) {
      const position = events.positionBefore(nowMs - retentionAgeMs * atRiskRatio);
      this.#oldThrough = { readAtMs: nowMs, position };
    }
    const asked = this.#oldThrough;
    try {
      return await asked.position;
    } catch (error) {
      if (this.#oldThrough === asked) this.#oldThrough = null;
      throw error;
    }
  }
}
