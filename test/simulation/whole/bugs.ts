/**
 * Bugs to plant, each a rule that is broken in one place. The simulation must find every one of them: else it would find
 * nothing that is like it either.
 */
import { breakerRule } from "../../../src/core/breaker.ts";
import type { JournalBatch } from "../../../src/log/journal.ts";

export interface PlantedBug {
  /** What the disk makes durable in place of what it was given. */
  readonly stores?: (batch: JournalBatch) => JournalBatch;
  /** The disk answers a commit two seconds before it is durable. */
  readonly answersEarly?: boolean;
  /** The process is not told of `Retry-After`. */
  readonly hidesRetryAfter?: boolean;
  /** So many times what an endpoint asks for may be in flight. */
  readonly inFlightFactor?: number;
  /** The process is told that no endpoint wants order. */
  readonly forgetsOrder?: boolean;
  /** Failures in a row that open the breaker. */
  readonly failuresToOpen?: number;
}

export const plantedBugs = {
  "a failed delivery is not parked": {
    stores: (batch) => ({ ...batch, changes: batch.changes.filter(({ change }) => change.do !== "park") }),
  },
  "a delivered one stays parked": {
    stores: (batch) => ({ ...batch, changes: batch.changes.filter(({ change }) => change.do !== "unpark") }),
  },
  "what is in flight is not in the lane's record": {
    stores: (batch) => ({ ...batch, lanes: batch.lanes.map((lane) => ({ ...lane, pending: [] })) }),
  },
  "a lane's record is ahead of what it read": {
    stores: (batch) => ({
      ...batch,
      lanes: batch.lanes.map((lane) => ({
        ...lane,
        readPosition: Math.min(lane.readPosition + 1, batch.dispatched[0]?.position ?? 0),
      })),
    }),
  },
  "the journal answers before it is durable": { answersEarly: true },
  "a pause that was asked for is ignored": { hidesRetryAfter: true },
  "the window is wider than its limit": { inFlightFactor: 2 },
  "order is not kept": { forgetsOrder: true },
  "the breaker does not open": { failuresToOpen: Number.POSITIVE_INFINITY },
} satisfies Record<string, PlantedBug>;

/** Breaks the rules that are broken in memory; answers what mends them. */
export function breakRules(bug: PlantedBug | null): () => void {
  if (bug?.failuresToOpen === undefined) return () => {};
  const rule = breakerRule as { failuresToOpen: number };
  const { failuresToOpen } = rule;
  rule.failuresToOpen = bug.failuresToOpen;
  return () => {
    rule.failuresToOpen = failuresToOpen;
  };
}
