/** What received events have beside their data. */
import type { ReceivedRequest } from "./wire-sources.ts";

/** The request that an event came with. It has no body where that is the data byte for byte. */
export interface KeptRequest extends ReceivedRequest {
  /** What the provider calls this delivery. */
  readonly delivery_id: string | null;
  /** The provider's own word for what happened. */
  readonly provider_type: string | null;
}

/** Copies of a received event that came, and were not stored. */
export interface EventDuplicates {
  readonly count: number;
  readonly last_at: string | null;
}
