/** Sources, as they travel. */
import type { NewSchemeChoice, SchemeChoice } from "./wire-schemes.ts";

export type SourceMethod = "POST" | "GET" | "PUT" | "PATCH" | "DELETE";
export type Deduplication = "delivery_id" | "body" | "none";

/** Requests a second. */
export interface NewSourceRate {
  readonly per_second: number;
  /** Requests that may come at once after a pause; as many as in a second where absent. */
  readonly burst?: number;
}

export interface SourceRate {
  readonly per_second: number;
  readonly burst: number;
}

export interface NewSourceAnswer {
  /** 200 to 299. */
  readonly status: number;
  readonly body?: string;
  /** Plain text where absent. */
  readonly content_type?: string;
}

export interface SourceAnswer {
  readonly status: number;
  readonly body: string;
  readonly content_type: string;
}

/** What may be set of a source, beside its name and its scheme. */
export interface SourceSettings {
  readonly description?: string;
  /** `POST` alone where absent. */
  readonly methods?: readonly SourceMethod[];
  /** Addresses and ranges that may send; an empty list takes all. */
  readonly allow_addresses?: readonly string[];
  readonly body_bytes_max?: number;
  /** Null takes all. */
  readonly rate_limit?: NewSourceRate | null;
  /** What makes two requests one event. */
  readonly deduplication?: Deduplication;
  /** Null: as the provider expects. */
  readonly answer?: NewSourceAnswer | null;
  /** As the provider shows it; `generate` has one made, where the receiver chooses it. */
  readonly secret?: string;
}

export interface NewSource extends SourceSettings {
  /** In its URL, and the first part of its events' types: lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  readonly scheme: NewSchemeChoice;
  readonly tenant?: string;
  readonly status?: "enabled" | "paused";
}

/** Members that are absent stay as they are; `scheme` is replaced whole, and `secret` replaces all. */
export interface SourceChange extends SourceSettings {
  readonly name?: string;
  readonly scheme?: NewSchemeChoice;
}

/** Where events of others come from. */
export interface Source {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  /** Where the provider sends; a path where the server does not know where it is reached. */
  readonly url: string;
  readonly description: string;
  readonly scheme: SchemeChoice;
  readonly methods: readonly SourceMethod[];
  readonly allow_addresses: readonly string[];
  readonly body_bytes_max: number;
  readonly rate_limit: SourceRate | null;
  readonly deduplication: Deduplication;
  readonly answer: SourceAnswer | null;
  readonly status: "enabled" | "paused";
  readonly created_at: string;
  readonly updated_at: string;
}

/** With its secrets, which no other answer about a source carries. */
export interface CreatedSource extends Source {
  readonly secrets: readonly SourceSecret[];
}

export interface SourceSecret {
  readonly id: string;
  readonly secret: string;
  /** Null: never. */
  readonly expires_at: string | null;
}

/** Every one verifies; the first is the newest. */
export interface SourceSecrets {
  readonly data: readonly SourceSecret[];
}

export interface NewSourceSecret {
  /** One is made where it is absent. */
  readonly secret?: string;
  /** It never expires where absent. */
  readonly expires_at?: string;
  /** How long those before it go on verifying; as they would have where absent. */
  readonly grace_ms?: number;
}

export interface SourceTest {
  /** The provider's word for what happened; the most usual one where absent. */
  readonly event?: string;
  /** True: signed with another secret, to see it refused. */
  readonly forged?: boolean;
}

/** What came of it. */
export interface SourceTested {
  readonly event: string;
  /** Whether it is an event now, or was one already. */
  readonly taken: boolean;
  /** What the provider would be answered. */
  readonly status: number;
  /** Why it was refused; else null. */
  readonly code: string | null;
  readonly detail: string | null;
}

/** A request as it was received. */
export interface ReceivedRequest {
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

export type ReceiptOutcome = "rejected" | "duplicate" | "handshake";

export type RejectionCode =
  | "verification_failed"
  | "unparsable"
  | "too_large"
  | "ip_not_allowed"
  | "source_paused"
  | "method_not_allowed"
  | "rate_limited"
  | "overloaded"
  | "store_unavailable"
  | "provider_unavailable";

/** A request that made no event: rejected, a copy of one that did, or a handshake. */
export interface Receipt {
  readonly id: string;
  /** The source's name. */
  readonly source: string;
  readonly outcome: ReceiptOutcome;
  /** Why it was rejected; else null. */
  readonly code: RejectionCode | null;
  readonly detail: string | null;
  /** Of `duplicate`: the event that it is a copy of. */
  readonly event_id: string | null;
  readonly received_at: string;
  readonly method: string;
  readonly target: string;
  readonly address: string;
}

export interface ReceiptWithRequest extends Receipt {
  readonly request: ReceivedRequest;
  readonly body_truncated: boolean;
}
