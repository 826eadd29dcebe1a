/** Why requests are not taken: what is noted for the owner, and what the stranger is told. */
import { TrotlineError } from "../core/errors.ts";
import type { RejectionCode } from "../core/source.ts";
import type { Refusal } from "./schemes/scheme.ts";
import type { RateStanding } from "./source-rates.ts";

/** A request that was not taken. */
export class Rejection extends Error {
  override readonly name = "Rejection";
  readonly code: RejectionCode;
  /** For the one who sent it. */
  readonly error: TrotlineError;

  /** `detail` is for the source's owner. */
  constructor(code: RejectionCode, error: TrotlineError, detail: string = error.message) {
    super(detail);
    this.code = code;
    this.error = error;
  }
}

const pausedRetrySeconds = 60;
const overloadRetrySeconds = 2;

/** In the words for any other address: nobody learns which sources there are. */
export const nothingHere = (): TrotlineError =>
  new TrotlineError("route-not-found", "There is nothing at this address.");

export const paused = (): Rejection =>
  new Rejection(
    "source_paused",
    new TrotlineError("source-paused", "The source is paused.", { retryAfterSeconds: pausedRetrySeconds }),
  );

export const wrongMethod = (method: string, methods: readonly string[]): Rejection => {
  const allow = methods.join(", ");
  return new Rejection(
    "method_not_allowed",
    new TrotlineError("method-not-allowed", `The source takes ${allow}, not ${method}.`, { allow }),
  );
};

export const foreignAddress = (address: string): Rejection =>
  new Rejection(
    "ip_not_allowed",
    new TrotlineError("address-not-allowed", "The source takes nothing from this address."),
    `The client's address is ${address}, which is none of the source's.`,
  );

export const tooFast = ({ limit, remaining, waitMs }: RateStanding): Rejection => {
  const resetSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new Rejection(
    "rate_limited",
    new TrotlineError("rate-limited", "The source has taken as many requests as it may.", {
      retryAfterSeconds: resetSeconds,
      quota: { limit, remaining, resetSeconds },
    }),
  );
};

export const tooLarge = (bytesMax: number): Rejection =>
  new Rejection("too_large", new TrotlineError("body-too-large", `The body is larger than ${bytesMax} bytes.`));

export const tooBusy = (): Rejection =>
  new Rejection(
    "overloaded",
    new TrotlineError("overloaded", "Too many requests are being received.", {
      retryAfterSeconds: overloadRetrySeconds,
    }),
  );

/** The stranger learns which step failed, and nothing that would help to forge. */
export function unverified({ reason, detail }: Refusal): Rejection {
  const told = `The request was not verified: ${reason}.`;
  if (reason === "provider_unavailable") {
    const extras = { retryAfterSeconds: overloadRetrySeconds };
    return new Rejection("provider_unavailable", new TrotlineError("provider-unavailable", told, extras), detail);
  }
  if (reason === "body_unreadable") {
    return new Rejection("unparsable", new TrotlineError("body-unparsable", told), `${reason}: ${detail}`);
  }
  return new Rejection("verification_failed", new TrotlineError("verification-failed", told), `${reason}: ${detail}`);
}

/** By this version; one that knows it will take the request. */
export const unknownScheme = (): Rejection =>
  new Rejection(
    "store_unavailable",
    new TrotlineError("store-unavailable", "The source's scheme is unknown to this version."),
  );

const storeCodes: ReadonlySet<string> = new Set(["store-unavailable", "store-full", "overloaded", "shutting-down"]);

/** The store would not take it; null for any other error. */
export function unstored(error: unknown): Rejection | null {
  if (!(error instanceof TrotlineError) || !storeCodes.has(error.code)) return null;
  return new Rejection(error.code === "overloaded" ? "overloaded" : "store_unavailable", error);
}
