/**
 * The composition root, which with `app-store.ts` is all that names a store implementation. Wires the stages
 * (publish → dispatch → attempt → journal) and hands them to whoever serves them.
 */
import { beginRounds, thisProcess, watchConfiguration } from "./app-cluster.ts";
import { type Observing, observe } from "./app-observe.ts";
import type { AppOptions } from "./app-options.ts";
import { readings } from "./app-readings.ts";
import { openStore } from "./app-store.ts";
import type { NewEvent } from "./core/event.ts";
import type { Clock, Logger, Random, Sender } from "./core/ports.ts";
import type { ClusterProcess } from "./core/shard.ts";
import { ConsumerWatch } from "./feed/consumer-watch.ts";
import type { Consumers } from "./feed/consumers.ts";
import { Feed } from "./feed/feed.ts";
import { loadConsumers } from "./feed/load-consumers.ts";
import { makeReceiving } from "./inbound/inbound.ts";
import type { Receiving } from "./inbound/receive.ts";
import { schemePort } from "./inbound/schemes/presets.ts";
import { disabledEvent } from "./log/operational-event.ts";
import { Retention } from "./log/retention.ts";
import type { Store } from "./log/store.ts";
import { Tail } from "./log/tail.ts";
import { Metrics } from "./observe/metrics.ts";
import type { PublishCounts } from "./outbound/append-answers.ts";
import { Attempter, isNotLost, type MayBegin } from "./outbound/attempt.ts";
import { ClusterReader } from "./outbound/cluster-reading.ts";
import { Deliveries } from "./outbound/deliveries.ts";
import { Dispatcher } from "./outbound/dispatch.ts";
import { DryRuns } from "./outbound/dry-run.ts";
import { HeldShards } from "./outbound/held-shards.ts";
import { HttpKind } from "./outbound/http-kind.ts";
import type { Adapt } from "./outbound/payload/preparation.ts";
import { Publisher } from "./outbound/publish.ts";
import { Reach } from "./outbound/reach.ts";
import { Recoveries } from "./outbound/recoveries.ts";
import { Replays } from "./outbound/replays.ts";
import { Runs } from "./outbound/runs.ts";
import type { TestSender } from "./outbound/test-send.ts";
import { AddressGuard } from "./platform/address-guard.ts";
import { parseAllowList } from "./platform/allow-list.ts";
import { systemClock } from "./platform/clock.ts";
import { HttpSender } from "./platform/http-sender.ts";
import { systemRandom } from "./platform/random.ts";
import { EventTypes } from "./registry/event-types/event-types.ts";
import { EventVersions } from "./registry/event-types/event-versions.ts";
import { Registry } from "./registry/registry.ts";
import { checkRetention } from "./registry/schedule-check.ts";
import { Sources } from "./registry/sources.ts";
import { Transforms } from "./registry/transform/transform.ts";

/** For what is to be journalled when attempts have had their grace, where the store takes long. */
const storeGraceMs = 5000;

export type { AppOptions } from "./app-options.ts";

export interface App {
  readonly store: Store;
  readonly registry: Registry;
  readonly eventTypes: EventTypes;
  readonly sources: Sources;
  /** Where others reach this server, without a slash at the end; null where they do not. */
  readonly publicUrl: string | null;
  readonly receiving: Receiving;
  readonly publisher: Publisher;
  readonly dispatcher: Dispatcher;
  /** Which lanes this process runs, where others share its store. */
  readonly shards: HeldShards;
  /** This start of it, as the others know it. */
  readonly process: ClusterProcess;
  readonly cluster: ClusterReader;
  readonly deliveries: Deliveries;
  readonly feed: Feed;
  readonly consumers: Consumers;
  readonly consumerWatch: ConsumerWatch;
  readonly replays: Replays;
  readonly recoveries: Recoveries;
  readonly dryRuns: DryRuns;
  readonly testSender: TestSender;
  readonly runs: Runs;
  readonly metrics: Metrics;
  readonly observing: Observing;
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
  checkRetention(options.retentionAgeMs);
  const clock = options.machine?.clock ?? systemClock();
  const random = options.machine?.random ?? systemRandom();
  const { logger } = options;
  const guard = new AddressGuard(parseAllowList(options.allowAddresses));
  const sender = options.machine?.sender ?? new HttpSender({ guard, clock, proxy: options.egressProxy ?? null });
  const store = options.machine?.store ?? (await openStore(options.store, { clock, logger }));
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
  const publicUrl = options.publicUrl ?? null;
  const shards = new HeldShards(store.shards.count, clock);
  const clusterParts = { store, shards, clock, random, logger };
  const process = thisProcess(options, clusterParts);
  const watch = await watchConfiguration(clusterParts);
  const hasExpired = (): boolean => shards.haveExpired();
  const mayBegin: MayBegin = (how) => !shards.haveExpired() && isNotLost(how);
  const reach = new Reach({ sender, clock, random, publicUrl, hasExpired });
  const runs = new Runs(options);
  const eventTypes = await EventTypes.load({
    store: store.eventTypes,
    ...{ clock, watch },
    pinnedVersions: (type) => registry.pinnedVersions(type),
  });
  const registry: Registry = await Registry.load({
    eventTypes,
    store: store.registry,
    ...{ clock, random, watch },
    addressRefusal: (host) => guard.hostRefusal(host),
    runnable: runs.runnable,
    retentionAgeMs: options.retentionAgeMs,
    publicUrl,
    verify: (draft) => reach.verify(draft),
  });
  const refusal = options.refusal?.(registry) ?? null;
  if (refusal !== null) throw new Error(refusal);
  registry.onChange((change) => reach.endpointChanged(change));
  const sources = await Sources.load({ store: store.sources, clock, random, schemes: schemePort, watch });
  const firstKey = options.adminKey === false ? null : await ensureAdminKey(registry, options.adminKey);
  registry.keys.start(logger);
  const tail = new Tail(store.events.bounds().head, options.tailBytesMax);
  const feed = new Feed({ events: store.events, tail, clock });
  const metrics: Metrics = new Metrics(clock, () => readings({ dispatcher, registry, store, feed, cluster }));
  const transforms = new Transforms();
  const versions = new EventVersions({ eventTypes, transforms });
  const adapt: Adapt = (endpoint, event) => versions.asPinned(endpoint, event);
  const httpKind = new HttpKind({
    sender: reach.sender,
    clock,
    logger,
    transforms,
    adapt,
    publicUrl,
    capacity: options.capacity,
    mayBegin,
  });
  // What waits goes as the endpoint was, and does so now: nothing is sent there long after the change.
  registry.onChange(({ before, after }) => before !== null && after !== null && httpKind.company.complete(before));
  const attempter = new Attempter({ http: httpKind, ...runs.kinds({ transforms, adapt, clock, logger, mayBegin }) });
  const dispatcher: Dispatcher = new Dispatcher({
    store,
    tail,
    shards,
    registry,
    attempter,
    clock,
    random,
    logger,
    capacity: options.capacity,
    leaveGraceMs: options.shutdownGraceMs,
    refresh: async () => watch?.refresh(),
    tenantRatePerSecond: options.tenantRatePerSecond ?? null,
    observer: {
      attempted: (_endpoint, event, result, settlement) => metrics.attempted(event, result, settlement),
      gaveUp: () => metrics.gaveUp(),
      cancelled: (count) => metrics.cancelled(count),
    },
    disable: async (endpoint, reason) => {
      await registry.setStatus(endpoint.id, "disabled", reason, disabledEvent(endpoint, reason, clock.wallMs()));
      logger.warn({ endpoint: endpoint.id, reason }, "An endpoint was disabled.");
    },
  });
  store.events.onAppended((events) => {
    tail.push(events);
    dispatcher.dispatch(events);
    feed.appended(events);
  });
  dispatcher.start();
  const rounds = await beginRounds(clusterParts, process, dispatcher);
  const cluster: ClusterReader = new ClusterReader({ ...clusterParts, process, rounds });
  const publishing = {
    eventBytesMax: options.eventBytesMax,
    check: (event: NewEvent) => eventTypes.check(event),
    onPublished: (counts: PublishCounts) => metrics.published(counts),
  };
  const publisher = new Publisher({ events: store.events, clock, random, ...publishing });
  if (process.roles.includes("deliver")) store.outbox?.start(publishing);
  const receiving = makeReceiving(
    { sources, events: store.events, sender, clock, random, logger, observer: metrics.inbound },
    options,
  );
  const testSender = reach.tests(attempter, eventTypes);
  const deliveries = new Deliveries({ dispatcher, registry, store, attempter, clock });
  const observing = observe({ store, clock, logger, registry, deliveries }, options.attemptsAgeMs);
  const { retentionAgeMs, retentionBytesMax } = options;
  const consumers = await loadConsumers({
    store: store.consumers,
    pulse: store.pulse,
    events: store.events,
    feed,
    clock,
    random,
    logBytes: () => store.counters().logBytes,
    retentionAgeMs,
    retentionBytesMax,
  });
  const consumerWatch = new ConsumerWatch({ consumers, events: store.events, clock, logger });
  consumerWatch.start();
  const replays = await Replays.start({
    ...{ store, registry, dispatcher, attempter, clock, random, logger },
    leaveGraceMs: options.shutdownGraceMs,
  });
  const retention = new Retention(
    store,
    {
      eventsAgeMs: options.retentionAgeMs,
      eventsBytesMax: options.retentionBytesMax,
      attemptsAgeMs: options.attemptsAgeMs,
    },
    {
      ...{ clock, logger, leases: () => shards.runningShards() },
      onTrimmed: (result) => dispatcher.trimmed(result.bounds.earliest, result.cancelled),
    },
  );
  retention.start();
  watch?.start();
  const close = async (): Promise<void> => {
    store.endWithin?.(options.shutdownGraceMs + storeGraceMs);
    const watching = [watch?.close(), store.outbox?.stop(), consumerWatch.close(), retention.close()];
    watching.push(observing.roll.close());
    feed.close();
    runs.output.close();
    await receiving.close();
    registry.rotation.close();
    attempter.hurry();
    await rounds.leave();
    await Promise.all([...watching, replays.close(options.shutdownGraceMs), dispatcher.close(options.shutdownGraceMs)]);
    await runs.close();
    transforms.close();
    sender.abortAll();
    await sender.close();
    await registry.keys.close();
    await rounds.close();
    await store.close();
  };
  return {
    store,
    registry,
    eventTypes,
    sources,
    publicUrl,
    receiving,
    publisher,
    dispatcher,
    shards,
    process,
    cluster,
    deliveries,
    testSender,
    runs,
    feed,
    consumers,
    consumerWatch,
    replays,
    recoveries: new Recoveries({ replays, registry, dispatcher, journal: store.journal }),
    dryRuns: new DryRuns({ kind: httpKind, events: store.events, matching: registry.matching, publicUrl }),
    metrics,
    observing,
    retention,
    ...{ clock, random, logger, firstKey, close },
  };
}

async function ensureAdminKey(registry: Registry, chosen: string | null): Promise<string | null> {
  if (chosen !== null) {
    await registry.keys.addAdminKey(chosen, "configured key");
    return null;
  }
  return registry.keys.makeFirst();
}
