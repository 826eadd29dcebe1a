import { boundedRetryAfterMs } from "../core/retry-policy.ts";

/** The forms of a date that HTTP knows (RFC 9110, section 5.6.7); `Date.parse` alone takes far more. */
const httpDate = /^(Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?,? [ \w:-]{15,24}( GMT)?$/;

/**
 * The pause that a `Retry-After` asks for (RFC 9110, section 10.2.3): whole seconds or a date. Within 0 and
 * `limits.retryAfterMsMax`; null where the value is neither, or not there. A header that came twice counts as it first
 * came.
 */
export function parseRetryAfter(header: string | readonly string[] | undefined, nowMs: number): number | null {
  const text = (typeof header === "string" ? header : header?.[0])?.trim();
  if (text === undefined) return null;
  if (/^\d+$/.test(text)) return boundedRetryAfterMs(Number(text) * 1000);
  if (!httpDate.test(text)) return null;
  const atMs = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? null : boundedRetryAfterMs(atMs - nowMs);
}
