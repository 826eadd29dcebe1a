/** The shapes of endpoints, as they travel; see `wire.ts`. */
import type { Command, NewCommand } from "./wire-commands.ts";
import type { Batching, Compression, DeliveryMethod, PayloadFormat } from "./wire-payload.ts";
import type { Place } from "./wire-place.ts";
import type { Authorization, NewAuthorization, NewTlsSettings, TlsSettings } from "./wire-reach.ts";
import type { Signing, SigningKey } from "./wire-signing.ts";

/** `http`: to a URL. `command`: a program is run. `handler`: code of the program that embeds Trotline is called. */
export type EndpointKind = "http" | "command" | "handler";

/** What may be set of an endpoint, beside its URL. */
export interface EndpointSettings {
  /** `http` where absent; it cannot be changed. */
  readonly kind?: EndpointKind;
  /** Of the kind `command`. */
  readonly command?: NewCommand;
  /** Of the kind `handler`: the name under which the code is registered. */
  readonly handler?: string;
  readonly description?: string;
  /** Patterns of event types, such as `order.*`; an empty list takes all. Or a map from patterns to true and false. */
  readonly types?: readonly string[] | Readonly<Record<string, boolean>>;
  /** An expression in CEL that events must satisfy; null takes all. */
  readonly filter?: string | null;
  /** By event type: the version that it gets its data in. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Sent with every delivery. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For one attempt as a whole. */
  readonly timeout_ms?: number;
  /** The wait after each failure; an empty list never retries. */
  readonly retry_delays_ms?: readonly number[];
  /** Deliveries under way at once. */
  readonly max_in_flight?: number;
  /** Disabled after this long without a success; null never. */
  readonly disable_after_ms?: number | null;
  /** `GET` carries the event in the query. */
  readonly method?: DeliveryMethod;
  /** What a delivery carries. */
  readonly format?: PayloadFormat;
  /** Of the body; it is signed as it was before. */
  readonly compression?: Compression;
  /** Several events in one request, as an array; null: one event a request. */
  readonly batch?: Batching | null;
  /** A JSONata expression that makes of the event what is sent as its data; null sends the data as they are. */
  readonly transform?: string | null;
  /** `whsec_…`, or as the scheme has them; every one signs, the first is the newest. They replace all that sign. */
  readonly secrets?: readonly string[];
  readonly signing?: Signing;
  /** Null: as fast as its window allows. */
  readonly rate_limit?: NewRateLimit | null;
  /** In place of `retry_delays_ms`. */
  readonly retry?: RetryRule;
  /** How far a wait may be from the schedule, either way, as a part of it: 0 to 1. */
  readonly retry_jitter?: number;
  /** No attempt begins later than this after its event was accepted; null: whatever its age. */
  readonly retry_max_age_ms?: number | null;
  /** Statuses that deliver, beside 2xx. */
  readonly success_statuses?: readonly number[];
  /** What the header `Authorization` carries; null: nothing. */
  readonly authorization?: NewAuthorization | null;
  /** Null: the built-in certificates are trusted, and none is shown. */
  readonly tls?: NewTlsSettings | null;
  /** What a URL must have answered before it is stored. */
  readonly verification?: "none" | "challenge" | "cloudevents";
  /** `key`: those with the same subject one after the other; `strict`: all. */
  readonly ordering?: "none" | "key" | "strict";
  /** What becomes of those behind a delivery that used up its retries: they go on, or wait for a person. */
  readonly on_exhausted?: "park" | "block";
}

export interface NewEndpoint extends EndpointSettings {
  /** http or https. Needed where the kind is `http`. */
  readonly url?: string;
  readonly tenant?: string;
  /** Where it begins; `latest` where absent. */
  readonly start_at?: Place;
}

/** Members that are absent stay as they are; lists and `headers` are replaced whole. */
export interface EndpointChange extends EndpointSettings {
  readonly url?: string;
}

/** A place that events are pushed to. */
export interface Endpoint {
  readonly id: string;
  readonly tenant: string;
  readonly kind: EndpointKind;
  /** Null where the kind is not `http`. */
  readonly url: string | null;
  readonly command: Command | null;
  readonly handler: string | null;
  readonly description: string;
  readonly types: readonly string[];
  readonly filter: string | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout_ms: number;
  readonly retry_delays_ms: readonly number[];
  readonly max_in_flight: number;
  readonly disable_after_ms: number | null;
  readonly method: DeliveryMethod;
  readonly format: PayloadFormat;
  readonly compression: Compression;
  readonly batch: Batching | null;
  readonly transform: string | null;
  readonly status: "enabled" | "paused" | "disabled";
  /** Null while it is not disabled. */
  readonly disabled_reason: "gone" | "failing" | null;
  readonly created_at: string;
  readonly updated_at: string;
  /** Everything up to here is settled or parked. */
  readonly cursor: string;
  /** Events between its cursor and the end of the log. */
  readonly lag: number;
  readonly in_flight: number;
  /** Deliveries that failed and are due again. */
  readonly parked: number;
  readonly health: EndpointHealth;
  readonly signing: Signing;
  /** Keys that have a name, the newest first. */
  readonly signing_keys: readonly SigningKey[];
  readonly rate_limit: RateLimit | null;
  readonly retry_jitter: number;
  readonly retry_max_age_ms: number | null;
  readonly success_statuses: readonly number[];
  /** What is not secret of it. */
  readonly authorization: Authorization | null;
  readonly tls: TlsSettings | null;
  readonly verification: "none" | "challenge" | "cloudevents";
  readonly ordering: "none" | "key" | "strict";
  readonly on_exhausted: "park" | "block";
}

/** Attempts a second. */
export interface NewRateLimit {
  readonly per_second: number;
  /** Attempts that may go at once after a pause. */
  readonly burst?: number;
}

export interface RateLimit {
  readonly per_second: number;
  readonly burst: number;
}

/** A schedule by name, or `initial_ms` and `retries`: each wait is `factor` times the one before. */
export interface RetryRule {
  readonly preset?: "default" | "quick" | "patient" | "none";
  readonly initial_ms?: number;
  readonly factor?: number;
  readonly max_delay_ms?: number;
  readonly retries?: number;
}

export interface EndpointHealth {
  /** `open`: deliveries wait, and a probe goes now and then. */
  readonly state: "healthy" | "failing" | "open";
  readonly consecutive_failures: number;
  readonly failing_since: string | null;
  /** Not null while `open`. */
  readonly next_probe_at: string | null;
  /** The receiver asked for a pause with `Retry-After`. */
  readonly paused_until: string | null;
  /** Deliveries that it may have in flight now. */
  readonly window: number;
}

/** The endpoint with its secrets, which no other answer carries. */
export interface CreatedEndpoint extends Endpoint {
  readonly secrets: readonly string[];
}
