/** A request as rules and commands look at it. `request-values.ts` makes it of the bytes that came. */
import type { GoMap } from "./go-value.ts";

export interface HookRequest {
  readonly method: string;
  /** Address and port, as in `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
  readonly remoteAddress: string;
  /** What signatures are over, and `raw-request-body` is. */
  readonly body: Uint8Array;
  /** Names in the canonical form, such as `X-Hub-Signature`; of a repeated header the first value. */
  readonly headers: GoMap;
  /** Of a repeated parameter the first value. */
  readonly query: GoMap;
  /** Empty where the body is of no kind that is read. */
  readonly payload: GoMap;
}

/** Why something of a request cannot be had. */
export interface HookFailure {
  /**
   * `missing`: what is asked for is not in the request, which fails the rule and no more. `signature`: a signature that
   * is not the right one. `crash`: adnanh/webhook does not survive it, and answers 500 without a body. `other`: the
   * rules cannot be evaluated.
   */
  readonly kind: "missing" | "signature" | "crash" | "other";
  readonly message: string;
}
