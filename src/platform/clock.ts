import { uptime } from "node:os";
import type { Clock } from "../core/ports.ts";

/** Where the clock reads; tests give others. */
export interface ClockSources {
  /** Milliseconds since 1970. It may step. */
  wallMs(): number;
  /** Milliseconds that never step back. On Linux they stand still while the machine is suspended. */
  monotonicMs(): number;
  /** Milliseconds since the machine started, suspension included; may be as coarse as a second. */
  uptimeMs(): number;
}

/** The uptime is a system call or a file, so it is asked no more often than this. */
const uptimeEveryMs = 1000;

/** Less is no proof of a suspension: the uptime is coarse, and is not read at the same moment. */
const suspensionMsMin = 2000;

/**
 * The clock of this process. `steadyMs` is the wall's time at the start and what has passed since. It follows no step
 * of the wall clock, never goes back, and moves forward by the time that the machine was suspended: what came due
 * meanwhile is due at once, and not after another full wait.
 */
export function systemClock(sources: ClockSources = machineSources): Clock {
  const origin = { wallMs: sources.wallMs(), monotonicMs: sources.monotonicMs(), uptimeMs: sources.uptimeMs() };
  let suspendedMs = 0;
  let checkAtMs = origin.monotonicMs + uptimeEveryMs;
  let latestMs = origin.wallMs;
  return {
    wallMs: () => sources.wallMs(),
    steadyMs: () => {
      const monotonicMs = sources.monotonicMs();
      if (monotonicMs >= checkAtMs) {
        checkAtMs = monotonicMs + uptimeEveryMs;
        const missedMs = sources.uptimeMs() - origin.uptimeMs - (monotonicMs - origin.monotonicMs) - suspendedMs;
        if (missedMs >= suspensionMsMin) suspendedMs += missedMs;
      }
      latestMs = Math.max(latestMs, Math.floor(origin.wallMs + (monotonicMs - origin.monotonicMs) + suspendedMs));
      return latestMs;
    },
  };
}

const machineSources: ClockSources = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  uptimeMs: () => uptime() * 1000,
};
