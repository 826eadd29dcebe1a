/** What a bin may be: each refusal names the member as the HTTP interface has it. */
import type { BinAnswer, BinSettings } from "../core/bin.ts";
import { type ErrorCode, TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";

const namePattern = /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * They belong to the connection, or act on the whole origin, which is the dashboard's as well, or make a proxy before
 * it do something.
 */
const ownNames: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "date", "via"],
  ...["set-cookie", "set-cookie2", "clear-site-data", "service-worker-allowed", "service-worker"],
  ...["strict-transport-security", "public-key-pins", "public-key-pins-report-only", "expect-ct", "expect-staple"],
  ...["content-security-policy", "content-security-policy-report-only", "x-content-type-options", "x-frame-options"],
  ...["x-webkit-csp", "x-content-security-policy", "x-xss-protection"],
  ...["alt-svc", "alternate-protocol", "nel", "report-to", "reporting-endpoints", "accept-ch", "accept-ch-lifetime"],
  ...["critical-ch", "origin-agent-cluster", "origin-trial", "origin-isolation", "document-policy"],
  ...["www-authenticate", "authentication-info", "set-login", "speculation-rules", "supports-loading-mode"],
  ...["activate-storage-access", "refresh", "link", "x-reproxy-url", "x-reproxy-file"],
  ...["observe-browsing-topics", "shared-storage-write", "use-as-dictionary", "integrity-policy"],
]);
const ownPrefixes = [
  "proxy-",
  "sec-",
  "x-accel-",
  "x-sendfile",
  "x-lighttpd-",
  "x-litespeed-",
  "attribution-reporting-",
  "ad-auction-",
];

/** Browsers read the headers of its parts, and may take their word for that of the whole. */
const ofParts = /^\s*multipart\//i;

/** Whether whoever makes a bin may choose this header of its answers. */
export const isChosenHeader = (name: string): boolean =>
  !ownNames.has(name) && !ownPrefixes.some((prefix) => name.startsWith(prefix));

/** Statuses whose answers have no body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** Refuses with `invalid-body` and `header-refused`. */
export function checkBin({ answers }: Pick<BinSettings, "answers">): void {
  if (answers.length > limits.binAnswers)
    throw refused("/answer", `A sequence has at most ${limits.binAnswers} answers.`);
  const length = answers.reduce((sum, { body }) => sum + body.length, 0);
  if (length > limits.binAnswersLength) {
    throw refused("/answer", `The bodies of all answers have at most ${limits.binAnswersLength} characters.`);
  }
  for (const [index, answer] of answers.entries()) checkAnswer(answer, `/answer/${index}`);
}

function checkAnswer({ status, headers, body, delayMs, times }: BinAnswer, field: string): void {
  if (!isWithin(status, 200, 599)) throw refused(`${field}/status`, "`status` is 200 to 599.");
  if (bodiless.has(status) && body !== "") throw refused(`${field}/body`, `An answer ${status} has no body.`);
  if (!isWithin(times, 1, limits.binAnswerTimes)) {
    throw refused(`${field}/times`, `\`times\` is 1 to ${limits.binAnswerTimes}.`);
  }
  if (!isWithin(delayMs, 0, limits.binDelayMsMax)) {
    throw refused(`${field}/delay_ms`, `\`delay_ms\` is 0 to ${limits.binDelayMsMax}.`);
  }
  const names = Object.keys(headers);
  if (names.length > limits.binAnswerHeaders) {
    throw refused(`${field}/headers`, `\`headers\` has at most ${limits.binAnswerHeaders} members.`);
  }
  for (const name of names) checkHeader(name, headers[name] ?? "", `${field}/headers/${name.slice(0, 64)}`);
}

function checkHeader(name: string, value: string, field: string): void {
  if (!namePattern.test(name)) throw refused(field, "The name of a header is letters, digits and `-`.");
  if (!isChosenHeader(name)) {
    const detail = `\`${name}\` is not for a bin to choose: it would act on more than this answer.`;
    throw refused(field, detail, "header-refused");
  }
  if (name === "content-type" && ofParts.test(value)) {
    throw refused(
      field,
      "A body of parts is not for a bin to choose: they have headers of their own.",
      "header-refused",
    );
  }
  if (value.length <= limits.headerValueLength && valuePattern.test(value)) return;
  throw refused(field, `The value of a header is at most ${limits.headerValueLength} characters of one line.`);
}

const isWithin = (value: number, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max;

const refused = (field: string, detail: string, code: ErrorCode = "invalid-body"): TrotlineError =>
  new TrotlineError(code, detail, { field });
