import type { EndpointKind } from "./endpoint-kind.ts";

/**
 * How many deliveries of one lane may be in flight: additive increase, multiplicative decrease
 * (RFC 5681 has the same rule for TCP). It starts at 4, and at 1 after an outage.
 */
export interface Window {
  size: number;
  /** Attempts that began before this moment say nothing new about congestion. */
  decreasedAtMs: number;
}

export const windowStart = 4;

interface WindowSettings {
  readonly kind: EndpointKind;
  readonly maxInFlight: number;
}

/** What runs on this machine need not be sounded out: it starts with all that may run at once. */
export const openWindow = ({ kind = "http", maxInFlight = windowStart }: Partial<WindowSettings> = {}): Window => ({
  size: kind === "http" ? windowStart : maxInFlight,
  decreasedAtMs: Number.NEGATIVE_INFINITY,
});

/** One more for every full window that was delivered. */
export function windowDelivered(window: Window, maxInFlight: number): void {
  window.size = Math.min(maxInFlight, window.size + 1 / window.size);
}

/** Halved, once for each window's worth: attempts that were in flight at the last decrease do not count again. */
export function windowCongested(window: Window, attempt: { startedAtMs: number; nowMs: number }): void {
  if (attempt.startedAtMs < window.decreasedAtMs) return;
  window.size = Math.max(1, window.size / 2);
  window.decreasedAtMs = attempt.nowMs;
}

export function windowRestart(window: Window, nowMs: number): void {
  window.size = 1;
  window.decreasedAtMs = nowMs;
}

export const windowLimit = (window: Window, maxInFlight: number): number =>
  Math.min(maxInFlight, Math.floor(window.size));
