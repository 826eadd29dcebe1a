/**
 * The composition root: the only file that names a store implementation. Wires the stages
 * (publish → dispatch → attempt → journal) and hands them to whoever serves them.
 */
import type { DisabledReason, Endpoint } from "./core/endpoint.ts";
import { TrotlineError } from "./core/errors.ts";
import { operationsTenant } from "./core/event.ts";
import { makeId } from "./core/ids.ts";
import type { Clock, Logger, Random, Sender } from "./core/ports.ts";
import { defaultRetryPolicy, longestScheduleMs } from "./core/retry-policy.ts";
import { Consumers } from "./feed/consumers.ts";
import { Feed } from "./feed/feed.ts";
import type { PublishedEvent } from "./log/event-log.ts";
import { openMemoryStore } from "./log/memory/store.ts";
import { Retention } from "./log/retention.ts";
import { openSqliteStore } from "./log/sqlite/store.ts";
import type { Store } from "./log/store.ts";
import { Tail } from "./log/tail.ts";
import { Metrics, type Readings } from "./observe/metrics.ts";
import { Attempter } from "./outbound/attempt.ts";
import { Deliveries } from "./outbound/deliveries.ts";
import { Dispatcher } from "./outbound/dispatch.ts";
import { HttpKind } from "./outbound/http-kind.ts";
import { Publisher } from "./outbound/publish.ts";
import type { Capacity } from "./outbound/ready-lanes.ts";
import { Replays } from "./outbound/replays.ts";
import { AddressGuard } from "./platform/address-guard.ts";
import { parseAllowList } from "./platform/allow-list.ts";
import { systemClock } from "./platform/clock.ts";
import { HttpSender } from "./platform/http-sender.ts";
import { systemRandom } from "./platform/random.ts";
import { Registry } from "./registry/registry.ts";

export interface AppOptions {
  /** The folder of the SQLite store, or `memory`: nothing is kept then. */
  readonly store: { readonly folder: string; readonly bytesMax: number | null } | "memory";
  readonly logger: Logger;
  /** Addresses that the guard lets through: addresses, ranges, `loopback`, `private`. */
  readonly allowAddresses: readonly string[];
  readonly retentionAgeMs: number;
  readonly retentionBytesMax: number | null;
  readonly attemptsAgeMs: number;
  readonly eventBytesMax: number;
  readonly tailBytesMax: number;
  readonly capacity: Capacity;
  /** How long attempts in flight may take to end when the app closes. */
  readonly shutdownGraceMs: number;
  /** An admin key that the operator chose; null has one made at the first start. */
  readonly adminKey: string | null;
  /** Doors to the machine, where tests have others. */
  readonly machine?: {
    readonly clock?: Clock;
    readonly random?: Random;
    readonly sender?: Sender;
    readonly store?: Store;
  };
}

export interface App {
  readonly store: Store;
  readonly registry: Registry;
  readonly publisher: Publisher;
  readonly dispatcher: Dispatcher;
  readonly deliveries: Deliveries;
  readonly feed: Feed;
  readonly consumers: Consumers;
  readonly replays: Replays;
  readonly metrics: Metrics;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The first admin key, when this start made it: to be printed once. */
  readonly firstKey: string | null;
  /** Stops giving turns, lets attempts in flight end for as long as the grace lasts, journals, and closes the store. */
  close(): Promise<void>;
}

export async function createApp(options: AppOptions): Promise<App> {
  checkRetention(options);
  const clock = options.machine?.clock ?? systemClock();
  const random = options.machine?.random ?? systemRandom();
  const { logger } = options;
  const guard = new AddressGuard(parseAllowList(options.allowAddresses));
  const sender = options.machine?.sender ?? new HttpSender({ guard, clock });
  const store = options.machine?.store ?? (await openStore(options, { clock, logger }));
  try {
    return await wire(options, { clock, random, logger, guard, sender, store });
  } catch (error) {
    await sender.close();
    await store.close();
    throw error;
  }
}

interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly guard: AddressGuard;
  readonly sender: Sender;
  readonly store: Store;
}

async function wire(options: AppOptions, machine: Machine): Promise<App> {
  const { clock, random, logger, guard, sender, store } = machine;
  const registry = await Registry.load({
    store: store.registry,
    clock,
    random,
    addressRefusal: (host) => guard.hostRefusal(host),
    retentionAgeMs: options.retentionAgeMs,
  });
  const firstKey = await ensureAdminKey(registry, options.adminKey, { clock, random });
  const tail = new Tail(store.events.bounds().head, options.tailBytesMax);
  const feed = new Feed({ events: store.events, tail, clock });
  const metrics: Metrics = new Metrics(clock, () => readings({ dispatcher, registry, store, feed }));
  const attempter = new Attempter({ http: new HttpKind({ sender, clock }) });
  const dispatcher: Dispatcher = new Dispatcher({
    store,
    tail,
    registry,
    attempter,
    clock,
    random,
    logger,
    capacity: options.capacity,
    observer: {
      attempted: (_endpoint, event, result, settlement) => metrics.attempted(event, result, settlement),
      cancelled: (count) => metrics.cancelled(count),
    },
    disable: async (endpoint, reason) => {
      await registry.setStatus(endpoint.id, "disabled", reason, disabledEvent(endpoint, reason, { clock, random }));
      logger.warn({ endpoint: endpoint.id, reason }, "An endpoint was disabled.");
    },
  });
  store.events.onAppended((events) => {
    tail.push(events);
    dispatcher.dispatch(events);
    feed.appended(events);
  });
  await dispatcher.start();
  const publisher = new Publisher({
    events: store.events,
    clock,
    random,
    eventBytesMax: options.eventBytesMax,
    onPublished: (counts) => metrics.published(counts),
  });
  const deliveries = new Deliveries({ dispatcher, registry, store, attempter, clock });
  const { retentionAgeMs, retentionBytesMax } = options;
  const consumers = await Consumers.load({
    store: store.consumers,
    events: store.events,
    feed,
    clock,
    random,
    logBytes: () => store.counters().logBytes,
    retentionAgeMs,
    retentionBytesMax,
  });
  const replays = await Replays.start({ store, registry, dispatcher, attempter, clock, random, logger });
  const retention = new Retention(
    store,
    {
      eventsAgeMs: options.retentionAgeMs,
      eventsBytesMax: options.retentionBytesMax,
      attemptsAgeMs: options.attemptsAgeMs,
    },
    { clock, logger, onTrimmed: (result) => dispatcher.trimmed(result.bounds.earliest, result.cancelled) },
  );
  retention.start();
  const close = async (): Promise<void> => {
    feed.close();
    await retention.close();
    await Promise.all([replays.close(options.shutdownGraceMs), dispatcher.close(options.shutdownGraceMs)]);
    sender.abortAll();
    await sender.close();
    await store.close();
  };
  return {
    store,
    registry,
    publisher,
    dispatcher,
    deliveries,
    feed,
    consumers,
    replays,
    metrics,
    retention,
    clock,
    random,
    logger,
    firstKey,
    close,
  };
}

function openStore(options: AppOptions, parts: { clock: Clock; logger: Logger }): Promise<Store> | Store {
  if (options.store === "memory") return openMemoryStore(parts);
  const { folder, bytesMax } = options.store;
  return openSqliteStore({ folder, ...(bytesMax === null ? {} : { bytesMax }), ...parts });
}

function checkRetention(options: AppOptions): void {
  const longestMs = longestScheduleMs(defaultRetryPolicy);
  if (options.retentionAgeMs >= longestMs) return;
  const hours = (ms: number): string => `${Math.ceil(ms / 360_000) / 10} hours`;
  const detail = `Events are kept for ${hours(options.retentionAgeMs)}, and the default retry schedule lasts up to ${hours(longestMs)}.`;
  throw new TrotlineError("retention-too-short", detail);
}

async function ensureAdminKey(
  registry: Registry,
  chosen: string | null,
  machine: { clock: Clock; random: Random },
): Promise<string | null> {
  if (chosen !== null) {
    await registry.keys.addAdminKey(chosen, "configured key", machine);
    return null;
  }
  return registry.keys.count === 0 ? registry.keys.createAdminKey(machine) : null;
}

/** `endpoint.disabled`, in the operations tenant: an event like any other. */
function disabledEvent(
  endpoint: Endpoint,
  reason: DisabledReason,
  machine: { clock: Clock; random: Random },
): PublishedEvent {
  const nowMs = machine.clock.wallMs();
  const { id, tenant, url } = endpoint;
  return {
    id: makeId("evt", nowMs, machine.random.bytes(16)),
    tenant: operationsTenant,
    type: "endpoint.disabled",
    subject: id,
    occurredAtMs: nowMs,
    occurredAtWasGiven: true,
    version: null,
    data: Buffer.from(JSON.stringify({ endpoint_id: id, tenant, url, reason })),
  };
}

interface ReadParts {
  readonly dispatcher: Dispatcher;
  readonly registry: Registry;
  readonly store: Store;
  readonly feed: Feed;
}

function readings({ dispatcher, registry, store, feed }: ReadParts): Readings {
  const { head } = store.events.bounds();
  const { commits, logBytes, queued } = store.counters();
  const lanes = { idle: 0, busy: 0, failing: 0, open: 0 };
  let backlog = 0;
  let parked = 0;
  for (const { lane } of dispatcher.lanes.values()) {
    parked += lane.parked.total;
    if (!lane.caughtUp) backlog += head - lane.readPosition;
    if (lane.breaker.probeAtMs !== null) lanes.open += 1;
    else if (lane.breaker.consecutiveFailures > 0) lanes.failing += 1;
    else if (!lane.caughtUp || lane.flights.size > 0) lanes.busy += 1;
    else lanes.idle += 1;
  }
  return {
    inFlight: dispatcher.ready.inFlight,
    backlog,
    parked,
    lanes,
    commits,
    head,
    logBytes,
    queued,
    endpoints: registry.endpointCount(),
    waiting: feed.waiting,
  };
}
