/**
 * A delivery is one event due at one endpoint. This table is the only place that says which state may follow which;
 * everyone else asks `nextDeliveryState`.
 */
export const deliveryMoves = {
  /** The lane has not reached it, or holds it for later. */
  pending: { sent: "sending", filtered: "skipped", cancelled: "cancelled" },
  /** Parked: the lane has reached it, and one before it with the same key (see `lane-key.ts`) is not settled. */
  held: { sent: "sending", due: "retrying", cancelled: "cancelled" },
  /** An attempt is in flight. */
  sending: {
    succeeded: "delivered",
    failed: "retrying",
    failedBehind: "held",
    failedLast: "exhausted",
    failedInTheWay: "blocked",
    cancelled: "cancelled",
  },
  /** Parked: it failed, and is due again. */
  retrying: { sent: "sending", held: "held", cancelled: "cancelled" },
  /**
   * Parked: its schedule is used up, and those behind it wait until a person acts, or recovery of its endpoint sends it
   * again.
   */
  blocked: { sent: "sending", revived: "retrying", unblocked: "exhausted", cancelled: "cancelled" },
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
export type DeliveryMove =
  | "sent"
  | "succeeded"
  | "failed"
  | "failedBehind"
  | "failedLast"
  | "failedInTheWay"
  | "filtered"
  | "cancelled"
  | "revived"
  | "due"
  | "held"
  | "unblocked";

/**
 * States in which a delivery has a row of its own (see `ParkedDelivery`). A cancelled one has it where a person skipped
 * it.
 */
export type ParkedState = Extract<
  DeliveryState,
  "sending" | "retrying" | "held" | "blocked" | "exhausted" | "cancelled"
>;

/** Its retry is due at a time of its own. */
export const isDueState = (state: ParkedState): boolean => state === "sending" || state === "retrying";

/** Its retries are used up. */
export const isGivenUpState = (state: DeliveryState): boolean => state === "exhausted" || state === "blocked";

/** Nothing more comes of it by itself, unless its endpoint recovers; it holds nothing back. */
export const isSettledState = (state: DeliveryState): boolean =>
  state === "exhausted" || state === "delivered" || state === "skipped" || state === "cancelled";

export function nextDeliveryState(state: DeliveryState, move: DeliveryMove): DeliveryState {
  const next = (deliveryMoves[state] as Partial<Record<DeliveryMove, DeliveryState>>)[move];
  if (next === undefined) throw new Error(`illegal move of a delivery: ${state} cannot be ${move}`);
  return next;
}

/**
 * A delivery that is an exception, and so has a row: it failed, is still in flight after a second, or waits for one
 * that did or is.
 */
export interface ParkedDelivery {
  readonly position: number;
  readonly state: ParkedState;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Steps of the retry schedule used so far; starts anew when the delivery is revived. */
  readonly step: number;
  /** When it is due again; for an exhausted one, when it was given up. */
  readonly dueAtMs: number;
  /** By which it is ordered (see `lane-key.ts`); absent where its lane did not ask. */
  readonly key?: number;
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
