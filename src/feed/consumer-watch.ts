/** Tells, as operational events, when retention comes near to what a consumer has not acknowledged, and passes it. */
import {
  type Consumer,
  type ConsumerState,
  consumerState,
  isToBeTold,
  lostEvents,
  type RetentionFacts,
} from "../core/consumer.ts";
import type { Clock, Logger } from "../core/ports.ts";
import type { EventLog } from "../log/event-log.ts";
import { consumerEvent } from "../log/operational-event.ts";
import type { Consumers } from "./consumers.ts";

const lookEveryMs = 30_000;
/** Consumers looked at before everyone else has a turn. */
const looksPerTurn = 1000;

export interface ConsumerWatchOptions {
  readonly consumers: Pick<Consumers, "all" | "noteTold" | "retentionFacts">;
  readonly events: Pick<EventLog, "append">;
  readonly clock: Pick<Clock, "wallMs">;
  readonly logger: Logger;
}

export class ConsumerWatch {
  readonly #options: ConsumerWatchOptions;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ConsumerWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.look());
    }, lookEveryMs).unref();
  }

  /** Looks at every consumer. What the store does not take now is told by a later look. */
  async look(): Promise<void> {
    const { consumers, logger } = this.#options;
    try {
      const log = await consumers.retentionFacts();
      let looked = 0;
      for await (const consumer of consumers.all()) {
        if (this.#isClosed) return;
        await this.#lookAt(consumer, log);
        looked += 1;
        if (looked % looksPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      logger.warn({ err: error }, "Consumers at risk could not be told; trying again.");
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#looking;
  }

  /**
   * The event first, then that it was told: after a crash between the two it is told again, with the same id, as where
   * several processes see the same. Only one whose state is another than what was told costs more than a comparison.
   */
  #lookAt(consumer: Consumer, log: RetentionFacts): Promise<void> | void {
    const state = consumerState(consumer.position, log);
    if (isToBeTold(consumer, state)) return this.#tell(consumer, { state, log });
  }

  async #tell(
    consumer: Consumer,
    { state, log }: { readonly state: ConsumerState; readonly log: RetentionFacts },
  ): Promise<void> {
    const { events, clock } = this.#options;
    const times = (consumer.told?.times ?? 0) + 1;
    if (state !== "ok") {
      const event = consumerEvent(
        consumer,
        { state, times },
        {
          lagEvents: log.head - consumer.position,
          lostEvents: lostEvents(consumer.position, log.earliest),
          nowMs: clock.wallMs(),
        },
      );
      await events.append({ events: [event], atomic: false, idempotency: null });
    }
    await this.#options.consumers.noteTold(consumer, { state, times });
  }
}
