/** A part of the composition root: what is known of the whole beside the flow. */
import type { Clock, Logger } from "./core/ports.ts";
import type { Store } from "./log/store.ts";
import { LanesNowReader } from "./observe/lanes-now.ts";
import { StatisticsRoll } from "./observe/statistics-roll.ts";
import type { Deliveries } from "./outbound/deliveries.ts";
import type { Registry } from "./registry/registry.ts";

export interface Observing {
  readonly roll: StatisticsRoll;
  readonly lanesNow: LanesNowReader;
}

interface ObserveParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly deliveries: Deliveries;
}

/** Begins to count attempts. */
export function observe(
  { store, clock, logger, registry, deliveries }: ObserveParts,
  attemptsAgeMs: number,
): Observing {
  const roll = new StatisticsRoll({ store, clock, logger, attemptsAgeMs });
  roll.start();
  const lanesNow = new LanesNowReader({
    store,
    clock,
    list: (query) => registry.listEndpoints(query),
    laneViews: (endpoints) => deliveries.laneViews(endpoints),
  });
  return { roll, lanesNow };
}
