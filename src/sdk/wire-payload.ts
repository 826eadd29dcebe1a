/** The shapes of what deliveries carry, as they travel; see `wire.ts`. */
import type { ErrorClass } from "./wire-error-class.ts";

export type DeliveryMethod = "POST" | "PUT" | "PATCH" | "GET";

export type PayloadFormat =
  | "standard"
  | "thin"
  | "cloudevents"
  | "cloudevents-binary"
  | "raw"
  | "form"
  | "xml"
  | "slack"
  | "discord"
  | "teams";

export type Compression = "none" | "gzip" | "br" | "zstd";

/** Several events in one request. */
export interface Batching {
  /** Not more than `max_in_flight`. */
  readonly max_events: number;
  /** The longest that a first event waits for others. */
  readonly max_wait_ms: number;
}

/** What an endpoint would be sent of events that are in the log. */
export interface DryRun {
  readonly data: readonly DryRunResult[];
}

/** What an endpoint would be sent of one event. */
export interface DryRunResult {
  readonly event_id: string;
  readonly event_type: string;
  /** Null where nothing would be sent. */
  readonly request: DryRunRequest | null;
  /** The transform leaves the event out. */
  readonly skipped: boolean;
  /** How the attempt would fail before anything is sent. */
  readonly error_class: ErrorClass | null;
  readonly error_detail: string | null;
}

export interface DryRunRequest {
  readonly method: DeliveryMethod;
  readonly url: string;
  /** In lower case; a value that signs or authorizes is `…`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Before it is compressed. */
  readonly body: string;
}
