import type { BinSettings } from "./bin.ts";
import { limits } from "./limits.ts";
import type { SchemeChoice } from "./scheme.ts";

/** `enabled`: it takes requests. `paused`: it refuses them with 503, so that the provider tries again. */
export type SourceStatus = "enabled" | "paused";

export interface SourceSecret {
  /** As the provider shows it: a shared secret, a token, or a public key. */
  readonly value: string;
  /** It verifies nothing from then on; null never. By the wall clock. */
  readonly expiresAtMs: number | null;
}

/** What a provider is answered for a request that was taken. */
export interface SourceAnswer {
  /** 200 to 299. */
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

/** Those that a source may take; `HEAD` and `OPTIONS` make no events. */
export const sourceMethods = ["POST", "GET", "PUT", "PATCH", "DELETE"] as const;

/** What makes two requests one event. */
export const deduplications = ["delivery_id", "body", "none"] as const;
export type Deduplication = (typeof deduplications)[number];

/** Where inbound events come from: `/in/<name>`. */
export interface Source {
  readonly id: string;
  /** Small and never used again; stands for the id in the log of receipts. */
  readonly number: number;
  /** In the URL, and the first part of its events' types. No two sources of a server have the same. */
  readonly name: string;
  readonly tenant: string;
  readonly description: string;
  readonly scheme: SchemeChoice;
  /** Every one verifies until it expires; the first is the newest. */
  readonly secrets: readonly SourceSecret[];
  readonly methods: readonly string[];
  /** Addresses and ranges that may send; empty takes all. */
  readonly allowAddresses: readonly string[];
  readonly bodyBytesMax: number;
  /** Requests a second, and how many at once; null for no bound. */
  readonly rate: { readonly perSecond: number; readonly burst: number } | null;
  readonly deduplication: Deduplication;
  /** Null: what the scheme's provider expects, 200 and no body where it says nothing. */
  readonly answer: SourceAnswer | null;
  readonly status: SourceStatus;
  /** Of a bin, which is no source that anybody configured: it is in no list of them. */
  readonly bin?: BinSettings;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const sourceDefaults = {
  description: "",
  secrets: [] as readonly SourceSecret[],
  methods: ["POST"] as readonly string[],
  allowAddresses: [] as readonly string[],
  bodyBytesMax: limits.receivedBodyBytesDefault as number,
  rate: null as Source["rate"],
  deduplication: "delivery_id" as Deduplication,
  answer: null as SourceAnswer | null,
} as const;

/** A source as it was stored, perhaps by a version that knew fewer settings. */
export const storedSource = (document: Partial<Source>, number: number): Source =>
  ({ ...sourceDefaults, ...document, number }) as Source;

/** Those that verify at this time, the newest first. */
export const liveSecrets = (secrets: readonly SourceSecret[], nowMs: number): readonly SourceSecret[] =>
  secrets.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > nowMs);

/** Why a request was not taken. */
export const rejectionCodes = [
  "verification_failed",
  "unparsable",
  "too_large",
  "ip_not_allowed",
  "source_paused",
  "method_not_allowed",
  "rate_limited",
  "overloaded",
  "store_unavailable",
  "provider_unavailable",
] as const;
export type RejectionCode = (typeof rejectionCodes)[number];

/** A request that made no event: rejected, a copy of one that did, or a handshake. */
export interface Receipt {
  readonly id: string;
  readonly sourceNumber: number;
  readonly outcome: "rejected" | "duplicate" | "handshake";
  /** Of `rejected`; else null. */
  readonly code: RejectionCode | null;
  /** A sentence for people; says nothing of a secret. */
  readonly detail: string | null;
  /** Of `duplicate`: the event that it is a copy of; else null. */
  readonly eventId: string | null;
  readonly receivedAtMs: number;
  /** As `encodeRequest` writes it down, its body cut at `limits.receiptBodyBytes`. */
  readonly request: Uint8Array;
  readonly bodyTruncated: boolean;
}
