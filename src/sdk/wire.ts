/**
 * The shapes of the HTTP interface, as they travel: snake_case JSON. Times are texts of RFC 3339 in UTC, durations have
 * their unit in the name. A test compares every answer here with the server's OpenAPI document.
 */

import type { ErrorClass } from "./wire-error-class.ts";
import type { Place } from "./wire-place.ts";
import type { EventDuplicates, KeptRequest } from "./wire-received.ts";

export type * from "./wire-bins.ts";
export type * from "./wire-cluster.ts";
export type * from "./wire-commands.ts";
export type * from "./wire-diagnosis.ts";
export type * from "./wire-endpoints.ts";
export type * from "./wire-error-class.ts";
export type * from "./wire-event-types.ts";
export type * from "./wire-keys.ts";
export type * from "./wire-payload.ts";
export type * from "./wire-place.ts";
export type * from "./wire-reach.ts";
export type * from "./wire-received.ts";
export type * from "./wire-schemes.ts";
export type * from "./wire-session.ts";
export type * from "./wire-signing.ts";
export type * from "./wire-sources.ts";
export type * from "./wire-stats.ts";

/** What is published. Give it an `id` of your own to be able to publish it again from another process. */
export interface NewEvent<Data = unknown> {
  /** Letters, digits and `_ : -`, unique for its tenant; made by the client where absent. */
  readonly id?: string;
  /** Whose event it is; the client's tenant, else `default`, where absent. */
  readonly tenant?: string;
  /** Parts divided by full stops, such as `order.paid`. */
  readonly type: string;
  /** What it is about, such as an order's id: 1 to 256 printable characters. */
  readonly subject?: string;
  /** When it happened; the time of acceptance where absent. */
  readonly occurred_at?: string;
  /** Of the form of `data`. */
  readonly version?: string;
  /** Any JSON value, but not undefined. */
  readonly data: Data;
}

/** The answer to one published event. */
export interface PublishedEvent {
  readonly id: string;
  /** The event's own place. */
  readonly cursor: string;
  /** True where the event was stored before. */
  readonly duplicate: boolean;
}

/** An event as it is read. */
export interface TrotlineEvent<Data = unknown> {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  /** Of a received event: the source that it came by. */
  readonly source?: string;
  readonly subject?: string;
  readonly occurred_at: string;
  readonly accepted_at: string;
  readonly version?: string;
  /** Its own place: reading on from here begins with the next event. */
  readonly cursor: string;
  readonly data: Data;
  /** Of a received event, where it was asked for with `include=request`. */
  readonly request?: KeptRequest;
}

/** One event, and where it went. */
export interface EventWithDeliveries<Data = unknown> extends TrotlineEvent<Data> {
  /** Of a received event: what the provider calls it. */
  readonly delivery_id?: string | null;
  /** Of a received event. */
  readonly duplicates?: EventDuplicates;
  readonly deliveries: readonly Delivery[];
}

/** `held`: it waits for one before it; `blocked`: it was given up, and those behind it wait for a person. */
export type DeliveryState =
  | "pending"
  | "held"
  | "sending"
  | "retrying"
  | "blocked"
  | "exhausted"
  | "delivered"
  | "skipped"
  | "cancelled";

/** One event due at one endpoint. */
export interface Delivery {
  readonly endpoint_id: string;
  /** Null where the endpoint is none of the kind `http`. */
  readonly url: string | null;
  readonly state: DeliveryState;
  /** Made so far. */
  readonly attempts: number;
  /** Null where none is due. */
  readonly next_attempt_at: string | null;
  readonly last_attempt: Attempt | null;
}

/** A page of the log. */
export interface EventPage<Data = unknown> {
  readonly data: readonly TrotlineEvent<Data>[];
  /** `after` of the next page: it is beyond what the filter left out, too. */
  readonly next_cursor: string;
  /** True where the log goes on beyond `next_cursor`. */
  readonly has_more: boolean;
}

/** A page of a list. */
export interface Page<Item> {
  readonly data: readonly Item[];
  /** `after` of the next page; null at the end. */
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

/** One execution of a delivery. */
export interface Attempt {
  readonly id: string;
  /** Null where the endpoint was deleted. */
  readonly endpoint_id: string | null;
  /** Null where the event has left the log. */
  readonly event_id: string | null;
  readonly event_type: string | null;
  /** 1 for the first attempt of a delivery. */
  readonly number: number;
  readonly trigger: "first" | "retry" | "probe" | "manual" | "replay";
  readonly started_at: string;
  readonly duration_ms: number;
  readonly delivered: boolean;
  /** HTTP status of the answer, or exit status of the program; null where there is none. */
  readonly status: number | null;
  /** Null exactly when it delivered. */
  readonly error_class: ErrorClass | null;
  /** A sentence for people. */
  readonly error_detail: string | null;
  readonly response_body: string;
  readonly response_truncated: boolean;
}

/** What may be set of a consumer. */
export interface ConsumerSettings {
  /** Patterns of event types; empty takes every type. */
  readonly types?: readonly string[];
  /** An expression in CEL that events must satisfy; null takes all. */
  readonly filter?: string | null;
  /** Only events with this subject; null takes all. */
  readonly subject?: string | null;
  /** How long a fetch keeps others away. */
  readonly lease_ms?: number;
}

export interface NewConsumer extends ConsumerSettings {
  /** Where it begins; counts only when it is made. `latest` where absent. */
  readonly from?: Place;
}

/** A named cursor that a client moves by pulling and acknowledging. */
export interface Consumer {
  readonly name: string;
  readonly tenant: string;
  readonly types: readonly string[];
  readonly filter: string | null;
  readonly subject: string | null;
  readonly lease_ms: number;
  /** Everything up to here is acknowledged. */
  readonly cursor: string;
  /** The end of the log. */
  readonly head: string;
  readonly lag_events: number;
  readonly lag_seconds: number;
  readonly oldest_unacknowledged_at: string | null;
  /** `at_risk`: retention is near what it has not read. `invalidated`: retention passed it. */
  readonly state: "ok" | "at_risk" | "invalidated";
  /** Null where nobody reads as it. */
  readonly leased_until: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What a seek would come to, of the log, whoever its events are for. */
export interface SeekTarget {
  /** Where the consumer would go on. */
  readonly cursor: string;
  readonly again_events: number;
  readonly passed_events: number;
}

/** What is answered to a seek. */
export interface SoughtConsumer extends Consumer {
  /** Of a dry run alone. */
  readonly target?: SeekTarget;
}

/** A page of what a consumer has not acknowledged, and the lease that it is read under. */
export interface ConsumerPage<Data = unknown> extends EventPage<Data> {
  readonly lease: string;
  readonly lease_expires_at: string;
}

export interface NewReplay {
  /** `earliest` where absent. */
  readonly from?: Place;
  /** `latest` where absent. */
  readonly to?: Place;
  /** Patterns of event types; those of the endpoint where absent. */
  readonly types?: readonly string[];
  /** `failed`: only what was not delivered to the endpoint. `all` where absent. */
  readonly only?: "failed" | "all";
  /** Count, and send nothing. */
  readonly dry_run?: boolean;
}

/** What failed behind a place, and up to one, is to be sent again. */
export interface NewRecovery {
  readonly since: Place;
  /** `latest` where absent. */
  readonly until?: Place;
  /** Count, and send nothing. */
  readonly dry_run?: boolean;
}

/** A range of the log sent to one endpoint again, beside its live traffic. */
export interface Replay {
  readonly id: string;
  readonly endpoint_id: string;
  readonly status: "counting" | "counted" | "running" | "paused" | "completed" | "cancelled" | "failed";
  /** Why it failed, else null. */
  readonly reason: string | null;
  readonly from: string;
  readonly to: string;
  readonly types: readonly string[];
  /** `parked`: only deliveries that failed, and wait for a retry or were given up. */
  readonly only: "failed" | "all" | "parked";
  readonly dry_run: boolean;
  /** Events that it will send; grows while it counts. */
  readonly matched: number;
  /** Everything up to here was counted. */
  readonly counted_through: string;
  readonly sent: number;
  readonly delivered: number;
  /** Attempts that failed; they are retried like any other. */
  readonly failed: number;
  /** How far it is. */
  readonly cursor: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** The body of a webhook. */
export interface WebhookPayload<Data = unknown> {
  readonly id: string;
  readonly type: string;
  /** When it happened, as the publisher says. */
  readonly timestamp: string;
  readonly subject?: string;
  readonly version?: string;
  readonly data: Data;
}
