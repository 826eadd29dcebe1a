/** What the store knows that others may have changed since it was looked at last. */
export const pulseKinds = ["configuration", "shards", "requests", "consumers"] as const;
export type PulseKind = (typeof pulseKinds)[number];

/**
 * Processes that share a store hear of each other by it: looked for a few times a second, by one statement for all who
 * listen, and told at once where the doorbell is heard. It only says that there may be something to look at.
 */
export interface ClusterPulse {
  /** `told` is called after something of that kind was committed by whatever process: within a second, or often too much. */
  listen(kind: PulseKind, told: () => void): void;
}
