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
    | "body_unreadable"
    /** A handshake without the source's own token, or with a challenge that is not answered. */
    | "handshake_refused"
    /** What the verification needs could not be fetched just now: 503, so that the provider tries again. */
    | "provider_unavailable";
  readonly detail: string;
}

export interface Verified {
  readonly ok: true;
  /** Index of the secret that verified; 0 where the scheme has none. */
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
  /**
   * Fetches what a scheme needs from its provider (a certificate), through the guarded sender, kept for a while. The
   * scheme has made sure that the URL is the provider's. Rejects where it cannot be had.
   */
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

export interface HandshakeAnswer extends SchemeAnswer {
  /** Must become the source's first secret before this is answered; refused where the source has one by then. */
  readonly secretToKeep?: string;
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
  ): HandshakeAnswer | Refusal | null | Promise<HandshakeAnswer | Refusal>;
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
  /**
   * A secret as the provider would show it, and what signs with it (the same for shared secrets). Of a scheme that
   * fetches a certificate or keys, the secret is what `fetchText` must then give.
   */
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
  /** It is a credential: no read shows it. */
  readonly isSecret?: boolean;
}

export interface Scheme {
  /** In lower case with `-`, such as `standard-webhooks`. */
  readonly name: string;
  readonly title: string;
  /** The provider's page that says how it signs. */
  readonly documentation: string;
  /** What the secret is and where the provider shows it, in a sentence; null where the scheme has no secret. */
  readonly secret: string | null;
  /**
   * Who makes the secret: the provider, who shows it (where nothing is said); the receiver, so that one is made here
   * when none is given; or the provider's first handshake brings it, so that a source may begin without one.
   */
  readonly secretFrom?: "provider" | "receiver" | "handshake";
  /** Why a text cannot be a secret of this scheme; null where it can. */
  secretRefusal(text: string): string | null;
  readonly settings: readonly SchemeSetting[];
  /** Why settings cannot work, in a sentence; null where they can. Names and what is required are checked before. */
  settingsRefusal?(settings: Readonly<Record<string, string>>): string | null;
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
  /** The same where it depends on the secret, or on settings. */
  customOf?(secret: string, settings: Readonly<Record<string, string>>): CustomScheme | null;
}
