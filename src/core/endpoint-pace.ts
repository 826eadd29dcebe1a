import type { EndpointKind } from "./endpoint-kind.ts";
import { jitterRatio } from "./retry-policy.ts";

/** How fast an endpoint is sent to, beside its window, when it is tried again, and what counts as delivered. */
export interface RateLimit {
  readonly perSecond: number;
  /** Attempts that may go at once after a pause. */
  readonly burst: number;
}

export interface PaceSettings {
  /** Null: as fast as its window allows. */
  readonly rateLimit: RateLimit | null;
  /** How far the wait before a retry may be from its schedule, either way, as a part of it. */
  readonly retryJitter: number;
  /** No attempt begins later than this after its event was accepted, unless a person asks for it. Null: any age. */
  readonly retryMaxAgeMs: number | null;
  /** Statuses that deliver, beside 2xx; of a program, beside 0. */
  readonly successStatuses: readonly number[];
}

export const paceDefaults: PaceSettings = {
  rateLimit: null,
  retryJitter: jitterRatio,
  retryMaxAgeMs: null,
  successStatuses: [],
};

/**
 * The burst of a rate for which none was said: what comes together in a tenth of a second, so that a turn that comes a
 * little late loses nothing, and two at least.
 */
export const burstOf = (perSecond: number): number => Math.max(2, Math.ceil(perSecond / 10));

/** Why a status may not stand for a delivery; null where it may. */
export function successStatusRefusal(status: number, kind: EndpointKind): string | null {
  if (kind === "handler") return "a handler delivers when it returns";
  if (kind === "command") return status <= 255 ? null : `${status} is no exit status`;
  if (status < 200) return `${status} is no final answer`;
  return status === 410 ? "410 says that the endpoint is gone" : null;
}
