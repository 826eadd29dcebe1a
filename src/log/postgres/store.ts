import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type { Clock } from "../../core/ports.ts";
import type { Store } from "../store.ts";
import { PostgresClusterPulse } from "./cluster-pulse.ts";
import { PostgresConfigurationChanges } from "./configuration-changes.ts";
import { ConfigurationWriter } from "./configuration-writer.ts";
import { PostgresConsumerStore } from "./consumer-store.ts";
import { openingError } from "./database-error.ts";
import { type EventLogOptions, PostgresEventLog } from "./event-log.ts";
import { PostgresEventTypeStore } from "./event-type-store.ts";
import { PostgresJournal } from "./journal.ts";
import { Listener } from "./listener.ts";
import { Loss } from "./loss.ts";
import { type OpenOptions, openDatabase } from "./open-database.ts";
import { OutboxDrainer } from "./outbox-drainer.ts";
import type { StoreParts } from "./parts.ts";
import { PostgresRegistryStore } from "./registry-store.ts";
import { PostgresReplayStore } from "./replay-store.ts";
import { PostgresRequestStore } from "./request-store.ts";
import { SchemaWatch } from "./schema-watch.ts";
import { PostgresShardStore } from "./shard-store.ts";
import { PostgresSourceStore } from "./source-store.ts";
import { PostgresStatisticsStore } from "./statistics-store.ts";
import { parseStoreUrl } from "./store-url.ts";

export interface PostgresStoreOptions extends OpenOptions {
  readonly clock: Clock;
  /** How long the outbox is left alone, at most, while nothing comes. */
  readonly outboxPollMs?: number;
  readonly events?: EventLogOptions;
}

/**
 * Everything in the schema `trotline` of one PostgreSQL database, worked on by any number of processes. Refuses to open
 * as `openDatabase` does, and with `store-moving`. Where it opens, advisory locks lock: the server was tried.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { clock, logger } = options;
  const { databases, write, writeOnce, close } = await openDatabase(options);
  try {
    await databases.reading.run("move/refuse");
    const database = databases.reading;
    const directUrl = options.directUrl ?? options.url;
    const onDeaf = (reason: string): void =>
      logger.warn({ reason }, "nothing can be heard of other processes: what they did is looked for instead");
    const listener = new Listener({ url: directUrl, onDeaf });
    const pulse = new PostgresClusterPulse({ database, listener });
    const parts: StoreParts = {
      ...{ database, directUrl, listener, pulse },
      appending: databases.appending,
      write,
      writeOnce,
      clock,
      logger,
    };
    const events = await PostgresEventLog.open(parts, options.events);
    const loss = new Loss();
    events.onForked((error) => loss.note(error));
    databases.trouble.onMoving((error) => loss.note(error));
    const guarded: StoreParts = { ...parts, write: events.write, writeOnce: events.writeOnce };
    const configuration = new ConfigurationWriter(guarded, events);
    const outbox = new OutboxDrainer(parts, events, options.outboxPollMs);
    const onNewer = (error: TrotlineError): void => {
      events.refuse(new TrotlineError("shutting-down", "A newer version has changed the store: this process ends."));
      void outbox.stop();
      loss.note(error);
    };
    const schema = new SchemaWatch({ database: databases.reading, onNewer });
    const journal = new PostgresJournal(guarded, events);
    const consumers = new PostgresConsumerStore(guarded, configuration, events);
    const shards = new PostgresShardStore({
      leasing: databases.leasing.run,
      reading: databases.reading.run,
      leaseMs: options.leaseMs ?? limits.shardLeaseMs,
      pulse,
    });
    return {
      kind: "postgres",
      events,
      journal,
      shards,
      registry: new PostgresRegistryStore(parts, configuration),
      consumers,
      replays: new PostgresReplayStore(guarded, configuration),
      eventTypes: new PostgresEventTypeStore(parts, configuration),
      sources: new PostgresSourceStore(parts, configuration),
      statistics: new PostgresStatisticsStore(guarded),
      outbox,
      pulse,
      requests: new PostgresRequestStore(parts),
      changes: new PostgresConfigurationChanges(database),
      counters: () => {
        const { statements, transactions } = databases.counters();
        return { commits: transactions, statements, logBytes: events.logBytes, queued: events.queued };
      },
      trouble: () => loss.error ?? databases.trouble.error,
      onLost: (listener) => loss.listen(listener),
      endWithin: (timeMs) => void setTimeout(() => databases.abandon(), timeMs).unref(),
      close: async () => {
        await schema.close();
        await outbox.stop();
        await Promise.all([configuration.close(), consumers.close()]);
        await events.close();
        await pulse.close();
        await listener.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw openingError(error, parseStoreUrl(options.url).shown);
  }
}
