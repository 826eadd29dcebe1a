import { pause } from "./pause.ts";
import type { EventPage } from "./wire.ts";

const restMs = 500;

/**
 * A page that was to be held and came back empty at once (the server is stopping, or something between does not hold
 * requests) would be asked for again and again: rests first.
 */
export async function restAfterEmpty(
  page: Pick<EventPage, "data" | "has_more">,
  asked: { readonly startMs: number; readonly waitSeconds: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  if (page.data.length > 0 || page.has_more || asked.waitSeconds === 0) return;
  const tookMs = performance.now() - asked.startMs;
  if (tookMs < restMs) await pause(restMs * (0.5 + Math.random() / 2), asked.signal);
}
