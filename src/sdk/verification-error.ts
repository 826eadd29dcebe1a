/**
 * `missing_headers`, `bad_timestamp`: it is not a webhook. `too_old`, `too_new`: it was sent again by somebody, or a
 * clock is wrong. `no_match`: forged, changed on its way, parsed and written again, or by another secret. `bad_secret`:
 * the receiver's own configuration. `bad_payload`: genuine, but not a JSON object.
 */
export type VerificationErrorCode =
  | "missing_headers"
  | "bad_timestamp"
  | "too_old"
  | "too_new"
  | "no_match"
  | "bad_secret"
  | "bad_payload";

export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
  readonly code: VerificationErrorCode;

  constructor(code: VerificationErrorCode, sentence: string) {
    super(sentence);
    this.code = code;
  }
}
