import type { ReadingDecision } from "../core/consumer.ts";
import { TrotlineError } from "../core/errors.ts";

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
