/** What is asked of a token server, and what its answer means (RFC 6749, sections 4.4 and 5). */
import type { AttemptResult } from "../core/attempt.ts";
import type { Authorization } from "../core/endpoint-reach.ts";
import { limits } from "../core/limits.ts";
import type { SendRequest } from "../core/ports.ts";

type OAuth = Authorization & { readonly type: "oauth2" };

/** Where the answer names none. */
const lifeSecondsDefault = 300;
/** One that expires at once is still used by those who wait for it together. */
const lifeSecondsMin = 1;
const lifeSecondsMax = 86_400;

/** The codes that the specification knows; others may hold anything, the client's secret among it. */
const refusalCodes = new Set([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
]);

export function tokenRequest(authorization: OAuth): SendRequest {
  const { tokenUrl, clientId, clientSecret, scope, audience, clientAuthentication } = authorization;
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (scope !== null) form.set("scope", scope);
  if (audience !== null) form.set("audience", audience);
  const headers = ["content-type", "application/x-www-form-urlencoded", "accept", "application/json"];
  if (clientAuthentication === "basic") {
    const credentials = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
    headers.push("authorization", `Basic ${Buffer.from(credentials).toString("base64")}`);
  } else {
    form.set("client_id", clientId);
    form.set("client_secret", clientSecret);
  }
  const body = Buffer.from(form.toString());
  return { url: tokenUrl, method: "POST", headers, body, timeoutMs: limits.tokenTimeoutMs };
}

export type ReadToken =
  | { readonly token: string; readonly lifeSeconds: number }
  | { readonly token: null; readonly problem: string };

/** Repeats nothing of the answer but a code that the specification knows. */
export function readToken(result: AttemptResult): ReadToken {
  const { status, errorDetail, responseBody, responseTruncated } = result;
  if (status === null) return unread((errorDetail ?? "").replaceAll(/\b([Tt])he receiver\b/g, "$1he token server"));
  const answer = objectIn(responseBody);
  if (status !== 200) {
    const code = refusalCodes.has(String(answer?.error)) ? ` (${answer?.error})` : "";
    return unread(`The token server answered ${status}${code}.`);
  }
  if (responseTruncated) return unread(`The token server's answer is longer than ${limits.responseBodyBytes} bytes.`);
  const token = answer?.access_token;
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
    return unread("The token server's answer has no `access_token` that a header can carry.");
  }
  if (token.length > limits.tokenLength) {
    return unread(`The token server's \`access_token\` is longer than ${limits.tokenLength} characters.`);
  }
  const type = answer?.token_type ?? "bearer";
  if (typeof type !== "string" || type.toLowerCase() !== "bearer") {
    return unread("The token server gives tokens of another type than `bearer`.");
  }
  return { token, lifeSeconds: lifeIn(answer?.expires_in) };
}

const unread = (problem: string): ReadToken => ({ token: null, problem });

/** RFC 6749, section 2.3.1: encoded as a form is, before they are joined. */
const formEncoded = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1);

function objectIn(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** A number, though some servers send it as text. */
function lifeIn(value: unknown): number {
  const seconds = typeof value === "string" ? Number.parseFloat(value) : value;
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds < 0) return lifeSecondsDefault;
  return Math.max(lifeSecondsMin, Math.min(seconds, lifeSecondsMax));
}
