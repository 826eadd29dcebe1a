/** Which ended attempts are news, to be told as operational events with the journal of the attempt. Part of stage 2. */
import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import type { ParkedChange } from "../core/lane.ts";
import type { Settlement } from "../core/lane-settle.ts";
import type { PublishedEvent } from "../log/event-log.ts";
import { exhaustedEvent, isToldOf, outageEvent } from "../log/operational-event.ts";
import type { Ended } from "./sending.ts";

interface About {
  readonly endpoint: Endpoint;
  readonly event: StoredEvent;
}

/** States in which a delivery has used up its retries. */
const givenUp: ReadonlySet<string> = new Set(["exhausted", "blocked"]);

/** Asked after every attempt; nearly always false. */
export const isNews = ({ outage, changes }: Settlement): boolean =>
  (outage !== null && outage !== undefined) || (changes.length > 0 && changes.some(isGivenUp));

const isGivenUp = (change: ParkedChange): boolean => change.do === "park" && givenUp.has(change.row.state);

export function newsOf(about: About, { result, settlement }: Ended, nowMs: number): PublishedEvent[] {
  const { endpoint } = about;
  if (!isToldOf(endpoint)) return [];
  const { flight, outage, changes } = settlement;
  const news: PublishedEvent[] = [];
  // What was given up before is probed now and then; only a replay begins it anew.
  const isNewlyGivenUp = (flight.trigger === "replay" || !givenUp.has(flight.from)) && changes.some(isGivenUp);
  if (isNewlyGivenUp) {
    const exhaustion = { reason: "retries_used_up", attempts: flight.number, last: result } as const;
    news.push(exhaustedEvent(about, exhaustion, nowMs));
  }
  if (outage !== null && outage !== undefined) news.push(outageEvent(endpoint, outage, nowMs));
  return news;
}

/** A delivery was given up before an attempt: its event was older than the endpoint wants it. */
export function newsOfTooOld(
  endpoint: Endpoint,
  event: StoredEvent,
  { change, nowMs }: { readonly change: ParkedChange; readonly nowMs: number },
): PublishedEvent[] {
  if (!isToldOf(endpoint)) return [];
  const attempts = change.do === "park" ? change.row.attempts : 0;
  return [exhaustedEvent({ endpoint, event }, { reason: "too_old", attempts, last: null }, nowMs)];
}
