/**
 * What a scheme is: how one provider signs, names and times its requests. Every preset is a file beside this one; most
 * are a `CustomScheme` and a few facts (`declared.ts`).
 */
import type { ReceivedRequest } from "../../core/received-request.ts";
import type { CustomScheme } from "../../core/scheme.ts";

/** A request as a scheme looks at it. Nothing of it is trusted before `verify` says so. */
export interface SchemeRequest extends Pick<ReceivedRequest, "method" | "headers" | "body"> {
  /** The whole URL as the provider wrote it, as far as we know it: the public URL of the source, with the query. */
  readonly url: string;
}

/** Why a request is not believed. The sentence names no secret and no signature that would have been right. */
export interface Refusal {
  readonly ok: false;
  readonly reason:
    | "signature_missing"
    | "signature_malformed"
    | "signature_repeated"
    | "signature_mismatch"
    | "timestamp_missing"
    | "timestamp_malformed"
    | "timestamp_stale"
    | "timestamp_future"
    | "secret_missing"
    | "secret_unusable"
    | "certificate_refused"
    | "body_unreadable";
  readonly detail: string;
}

export interface Verified {
  readonly ok: true;
  /** Index of the secret that verified. */
  readonly secret: number;
}
export type Verdict = Verified | Refusal;

export interface VerifyContext {
  /** Those that have not expired, as they are written. Each is tried on each signature, in constant time. */
  readonly secrets: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly nowMs: number;
  /** The scheme's own where it is not given. */
  readonly toleranceMs?: number;
  /** Fetches what a scheme needs from its provider (a certificate), through the guarded sender, kept for a while. */
  readonly fetchText: (url: string) => Promise<string>;
}

/** What the provider says of a request that was verified. Null where it says nothing. */
export interface SchemeFacts {
  readonly deliveryId: string | null;
  readonly type: string | null;
  readonly occurredAtMs: number | null;
}

export interface SchemeAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** A handshake: what the provider asks before, or beside, its events. */
export interface Handshake {
  /**
   * Null where the request is none. Asked before `verify` where the provider does not sign its handshake (it then
   * checks the token that the handshake carries by itself), after it where `isSigned`.
   */
  answer(
    request: SchemeRequest,
    context: VerifyContext,
  ): SchemeAnswer | Refusal | Promise<SchemeAnswer | Refusal> | null;
  readonly isSigned: boolean;
  /** Methods that it comes with, beside POST. */
  readonly methods?: readonly string[];
}

/** What the simulator signs: see `SchemeSigner`. */
export interface DraftRequest extends SchemeRequest {
  readonly deliveryId: string;
  readonly type: string;
}

/** The other side, for the simulator and for tests: makes of a draft what the provider would send. */
export interface SchemeSigner {
  /** A secret as the provider would show it, and what signs with it (the same for shared secrets). */
  makeSecret(random: (count: number) => Uint8Array): { readonly secret: string; readonly signingKey: string };
  /** The request with its signature, delivery id, type and time in their places. */
  sign(
    draft: DraftRequest,
    context: {
      readonly signingKey: string;
      readonly nowMs: number;
      readonly settings: Readonly<Record<string, string>>;
    },
  ): SchemeRequest;
}

export interface SchemeSetting {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
}

export interface Scheme {
  /** In lower case with `-`, such as `standard-webhooks`. */
  readonly name: string;
  readonly title: string;
  /** The provider's page that says how it signs. */
  readonly documentation: string;
  /** What the secret is and where the provider shows it, in a sentence; null where the scheme has no secret. */
  readonly secret: string | null;
  /** Why a text cannot be a secret of this scheme; null where it can. */
  secretRefusal(text: string): string | null;
  readonly settings: readonly SchemeSetting[];
  /** How far a signed time may be from ours; null where none is signed. */
  readonly toleranceMs: number | null;
  /** How long the provider waits for an answer; null where it does not say. */
  readonly answerDeadlineMs: number | null;
  /** What the provider expects as an answer to an event, where that is not any 2xx. */
  readonly answer?: SchemeAnswer;
  verify(request: SchemeRequest, context: VerifyContext): Verdict | Promise<Verdict>;
  facts(request: SchemeRequest): SchemeFacts;
  readonly handshake: Handshake | null;
  readonly signer: SchemeSigner | null;
  /** Signed content and signatures, for the diagnosis of what failed; null where there is nothing to try. */
  readonly custom: CustomScheme | null;
}
