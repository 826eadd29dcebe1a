/** A part of the composition root: what the metrics read of the whole when somebody asks. */
import type { Feed } from "./feed/feed.ts";
import type { Store } from "./log/store.ts";
import type { Readings } from "./observe/metrics.ts";
import type { ClusterReader } from "./outbound/cluster-reading.ts";
import type { Dispatcher } from "./outbound/dispatch.ts";
import { countLanes } from "./outbound/lane-counts.ts";
import type { Registry } from "./registry/registry.ts";

const emptyOutbox = { waiting: 0, oldestAgeMs: 0, refused: 0 };

interface ReadParts {
  readonly dispatcher: Dispatcher;
  readonly registry: Registry;
  readonly store: Store;
  readonly feed: Feed;
  readonly cluster: ClusterReader;
}

export function readings({ dispatcher, registry, store, feed, cluster }: ReadParts): Readings {
  const { head } = store.events.bounds();
  const { commits, statements, logBytes, queued } = store.counters();
  return {
    ...countLanes(dispatcher.lanes.values(), head),
    inFlight: dispatcher.ready.inFlight,
    commits,
    statements: statements ?? 0,
    head,
    outbox: store.outbox?.readings() ?? emptyOutbox,
    logBytes,
    queued,
    endpoints: registry.endpointCount(),
    waiting: feed.waiting,
    cluster: cluster.own(),
  };
}
