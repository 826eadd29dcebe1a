import type { Clock } from "../../core/ports.ts";
import type { Store } from "../store.ts";
import { ConfigurationWriter } from "./configuration-writer.ts";
import { PostgresConsumerStore } from "./consumer-store.ts";
import { openingError } from "./database-error.ts";
import { type EventLogOptions, PostgresEventLog } from "./event-log.ts";
import { PostgresEventTypeStore } from "./event-type-store.ts";
import { PostgresJournal } from "./journal.ts";
import { type OpenOptions, openDatabase } from "./open-database.ts";
import { OutboxDrainer } from "./outbox-drainer.ts";
import type { StoreParts } from "./parts.ts";
import { PostgresRegistryStore } from "./registry-store.ts";
import { PostgresReplayStore } from "./replay-store.ts";
import { PostgresSourceStore } from "./source-store.ts";
import { parseStoreUrl } from "./store-url.ts";
import { refuseWhileMoving } from "./unfinished-move.ts";

export interface PostgresStoreOptions extends OpenOptions {
  readonly clock: Clock;
  /** How long the outbox is left alone, at most, while nothing comes. */
  readonly outboxPollMs?: number;
  readonly events?: EventLogOptions;
}

/**
 * Everything in the schema `trotline` of one PostgreSQL database, worked on by one process at a time. Refuses to open
 * as `openDatabase` does, and with `store-moving`. Where it opens, advisory locks lock: the server was tried.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { clock, logger } = options;
  const { databases, ownership, write, close } = await openDatabase(options);
  try {
    await refuseWhileMoving(databases.reading);
    const parts: StoreParts = {
      database: databases.reading,
      appending: databases.appending,
      write,
      directUrl: options.directUrl ?? options.url,
      clock,
      logger,
    };
    const events = await PostgresEventLog.open(parts, options.events);
    const guarded: StoreParts = { ...parts, write: events.write };
    const configuration = new ConfigurationWriter(guarded, events);
    const outbox = new OutboxDrainer(parts, events, options.outboxPollMs);
    return {
      events,
      journal: new PostgresJournal(guarded, events),
      registry: new PostgresRegistryStore(parts, configuration),
      consumers: new PostgresConsumerStore(parts, configuration),
      replays: new PostgresReplayStore(parts, configuration),
      eventTypes: new PostgresEventTypeStore(parts, configuration),
      sources: new PostgresSourceStore(parts, configuration),
      outbox,
      counters: () => {
        const { statements, transactions } = databases.counters();
        return { commits: transactions, statements, logBytes: events.logBytes, queued: events.queued };
      },
      trouble: () => ownership.lost ?? events.trouble() ?? databases.trouble.error,
      onLost: (listener) => ownership.onLost(listener),
      endWithin: (timeMs) => void setTimeout(() => databases.abandon(), timeMs).unref(),
      close: async () => {
        await outbox.stop();
        await configuration.close();
        await events.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw openingError(error, parseStoreUrl(options.url).shown);
  }
}
