/** The system's clocks, which a test moves forward: what is due in hours is due now. */
import type { Clock } from "../../src/core/ports.ts";
import { systemClock } from "../../src/platform/clock.ts";

export function aMovedClock(): { readonly clock: Clock; forward(ms: number): void } {
  let movedMs = 0;
  const monotonicMs = (): number => performance.now() + movedMs;
  return {
    clock: systemClock({ wallMs: () => Date.now() + movedMs, monotonicMs, uptimeMs: monotonicMs }),
    forward: (ms) => {
      movedMs += ms;
    },
  };
}
