import { lostEvents, type ReadingDecision } from "../core/consumer.ts";
import { cursorAt } from "../core/epochs.ts";
import { TrotlineError } from "../core/errors.ts";
import type { ConsumerKey } from "../log/consumer-store.ts";
import type { EventLog } from "../log/event-log.ts";

type Refused = Extract<ReadingDecision, { readonly refused: unknown }>;

const sentences: Readonly<Record<string, string>> = {
  "lease-held": "Another client reads as this consumer.",
  "lease-stale": "The lease ran out, was given back, or was ended by a seek.",
  "ack-backwards": "The cursor is behind what this consumer has acknowledged.",
  "ack-beyond-fetched": "The cursor is beyond what was answered under this lease.",
};

/** What the rules refuse, for the client. */
export function refusal({ refused, retryAfterMs }: Refused): TrotlineError {
  const extras = retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) };
  return new TrotlineError(refused, sentences[refused] ?? "", extras);
}

export const notFound = ({ tenant, name }: ConsumerKey): TrotlineError =>
  new TrotlineError("consumer-not-found", `The tenant \`${tenant}\` has no consumer \`${name}\`.`);

/** Where retention passed a position. */
export function refuseExpired(position: number, about: { name: string; events: Pick<EventLog, "bounds"> }): void {
  const { earliest, epochs } = about.events.bounds();
  const lost = lostEvents(position, earliest);
  if (lost === 0) return;
  const detail = `${lost} events after what the consumer \`${about.name}\` acknowledged left the log. Seek to go on.`;
  throw new TrotlineError("cursor-expired", detail, { resume: cursorAt(epochs, earliest - 1), lost });
}
