/**
 * A delivery is one event due at one endpoint. This table is the only place that says which state may follow which;
 * everyone else asks `nextDeliveryState`.
 */
export const deliveryMoves = {
  /** The lane has not reached it, or holds it for later. */
  pending: { sent: "sending", filtered: "skipped", cancelled: "cancelled" },
  /** An attempt is in flight. */
  sending: { succeeded: "delivered", failed: "retrying", failedLast: "exhausted", cancelled: "cancelled" },
  /** Parked: it failed, and is due again. */
  retrying: { sent: "sending", cancelled: "cancelled" },
  /** Settled without success. Recovery of its endpoint, or a person, sends it again. */
  exhausted: { sent: "sending", revived: "retrying", cancelled: "cancelled" },
  /** Settled. Only a person sends it again. */
  delivered: { sent: "sending" },
  /** Settled: the filter left it out. */
  skipped: { sent: "sending" },
  /** Settled: its endpoint moved on, or its event left the log. */
  cancelled: { sent: "sending" },
} as const;

export type DeliveryState = keyof typeof deliveryMoves;
export type DeliveryMove = "sent" | "succeeded" | "failed" | "failedLast" | "filtered" | "cancelled" | "revived";

/** States in which a delivery has a row of its own (see `ParkedDelivery`). */
export type ParkedState = Extract<DeliveryState, "sending" | "retrying" | "exhausted">;

export function nextDeliveryState(state: DeliveryState, move: DeliveryMove): DeliveryState {
  const next = (deliveryMoves[state] as Partial<Record<DeliveryMove, DeliveryState>>)[move];
  if (next === undefined) throw new Error(`illegal move of a delivery: ${state} cannot be ${move}`);
  return next;
}

/** A delivery that is an exception, and so has a row: it failed, or is still in flight after a second. */
export interface ParkedDelivery {
  readonly position: number;
  readonly state: ParkedState;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Steps of the retry schedule used so far; starts anew when the delivery is revived. */
  readonly step: number;
  /** When it is due again; for an exhausted one, when it was given up. */
  readonly dueAtMs: number;
}

/** What is known of one delivery when somebody asks for its state. */
export interface DeliveryFacts {
  readonly position: number;
  /** The endpoint's contiguous cursor, and the positions beyond it that are held or in flight. */
  readonly cursor: number;
  readonly pending: readonly number[];
  readonly readPosition: number;
  readonly inFlight: boolean;
  readonly parked: ParkedDelivery | null;
  readonly delivered: boolean;
  readonly attempted: boolean;
  readonly matches: boolean;
}

/** The state that the facts amount to; most deliveries have no row, so it is derived and not stored. */
export function deliveryState(facts: DeliveryFacts): DeliveryState {
  if (facts.inFlight) return "sending";
  if (facts.parked !== null) return facts.parked.state === "sending" ? "retrying" : facts.parked.state;
  if (facts.delivered) return "delivered";
  if (facts.position > facts.readPosition || facts.pending.includes(facts.position)) {
    return facts.matches ? "pending" : "skipped";
  }
  return facts.attempted ? "cancelled" : "skipped";
}
