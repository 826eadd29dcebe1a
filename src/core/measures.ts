import type { ErrorClass } from "./attempt.ts";
import { DelayHistogram } from "./delay-histogram.ts";

/** One attempt, as statistics count it. */
export interface CountedAttempt {
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly errorClass: ErrorClass | null;
  /** Of the event; null where it has left the log. */
  readonly occurredAtMs: number | null;
  readonly acceptedAtMs: number | null;
  /** The delivery had begun before: who took over after a crash, or a seek, began it anew. */
  readonly wasSent: boolean;
  /** The delivery had been made before: this attempt sent it once more. */
  readonly wasDelivered: boolean;
}

/** What came of the deliveries of some events. Two of them add up. */
export class Measures {
  /** Deliveries that had a first attempt. */
  sent = 0;
  delivered = 0;
  attempts = 0;
  /** Attempts that failed. */
  readonly errors = new Map<ErrorClass, number>();
  /** Until it was delivered, of each that was. */
  readonly fromOccurred = new DelayHistogram();
  readonly fromAccepted = new DelayHistogram();
  readonly fromAttempt = new DelayHistogram();

  count(attempt: CountedAttempt): void {
    const { startedAtMs, durationMs, errorClass, occurredAtMs, acceptedAtMs } = attempt;
    this.attempts += 1;
    if (attempt.number === 1 && !attempt.wasSent) this.sent += 1;
    if (errorClass !== null) {
      this.errors.set(errorClass, (this.errors.get(errorClass) ?? 0) + 1);
      return;
    }
    if (attempt.wasDelivered) return;
    this.delivered += 1;
    const deliveredAtMs = startedAtMs + durationMs;
    this.fromAttempt.add(durationMs);
    if (occurredAtMs !== null) this.fromOccurred.add(deliveredAtMs - occurredAtMs);
    if (acceptedAtMs !== null) this.fromAccepted.add(deliveredAtMs - acceptedAtMs);
  }

  merge(other: Measures): void {
    this.sent += other.sent;
    this.delivered += other.delivered;
    this.attempts += other.attempts;
    for (const [errorClass, count] of other.errors) {
      this.errors.set(errorClass, (this.errors.get(errorClass) ?? 0) + count);
    }
    this.fromOccurred.merge(other.fromOccurred);
    this.fromAccepted.merge(other.fromAccepted);
    this.fromAttempt.merge(other.fromAttempt);
  }
}
