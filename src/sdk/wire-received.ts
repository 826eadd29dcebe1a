/** What received events have beside their data. */

/** The request that an event came with. It has no body where that is the data byte for byte. */
export interface KeptRequest {
  /** What the provider calls this delivery. */
  readonly delivery_id: string | null;
  /** The provider's own word for what happened. */
  readonly provider_type: string | null;
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** Name and value, in order and as often as they came; credentials are hidden. */
  readonly headers: readonly string[][];
  /** The client's, behind the proxies that are trusted. */
  readonly address: string;
  readonly protocol: "http" | "https";
  readonly received_at: string;
  /** Where it is UTF-8. */
  readonly body?: string;
  /** Where it is not UTF-8. */
  readonly body_base64?: string;
}

/** Copies of a received event that came, and were not stored. */
export interface EventDuplicates {
  readonly count: number;
  readonly last_at: string | null;
}
