/**
 * Verifies webhooks as Standard Webhooks say
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): `v1`, HMAC-SHA256 with a
 * shared secret, and `v1a`, Ed25519 with a public key. It needs nothing but WebCrypto.
 */
import { WebhookVerificationError } from "./verification-error.ts";
import { importSecret, type Verifier } from "./webhook-secret.ts";
import type { WebhookPayload } from "./wire.ts";

export { type VerificationErrorCode, WebhookVerificationError } from "./verification-error.ts";
export type { WebhookPayload } from "./wire.ts";

/** `Headers`, or an object of them as Node has: names in any case. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** How far the timestamp may be from now, in both directions; 300 where absent. */
  readonly toleranceSeconds?: number | undefined;
  /** Milliseconds since 1970; the clock's where absent. */
  readonly nowMs?: number | undefined;
}

const toleranceSecondsDefault = 300;
/** More than any sender has secrets in use. */
const signaturesMax = 64;

/**
 * The payload, once one of the signatures is by one of the secrets (`whsec_…` for `v1`, `whpk_…` for `v1a`) and its
 * time is near. `payload` is the body exactly as it was received: bytes, or text that was not parsed and written again.
 * Rejects with a `WebhookVerificationError`, whose `code` says why.
 */
export async function verify<Data = unknown>(
  payload: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): Promise<WebhookPayload<Data>> {
  checkArguments(payload, options);
  const id = headerOf(headers, "webhook-id");
  const timestamp = headerOf(headers, "webhook-timestamp");
  const signatures = headerOf(headers, "webhook-signature");
  checkTime(timestamp, options);
  const verifiers = await Promise.all([secrets].flat().map(importSecret));
  if (verifiers.length === 0) throw new WebhookVerificationError("bad_secret", "No secret was given.");
  const body = typeof payload === "string" ? encoder.encode(payload) : payload;
  const isGenuine = await isAnySignature(signatures, verifiers, concat(encoder.encode(`${id}.${timestamp}.`), body));
  if (!isGenuine) throw new WebhookVerificationError("no_match", "No signature is by one of the secrets.");
  return readPayload<Data>(body);
}

const encoder = new TextEncoder();

/** What JavaScript lets pass: a body that was parsed, and numbers that no age would ever be above. */
function checkArguments(payload: unknown, { toleranceSeconds, nowMs }: VerifyOptions): void {
  const isBody = typeof payload === "string" || Object.prototype.toString.call(payload) === "[object Uint8Array]";
  if (!isBody) throw new TypeError("`payload` is the body as it was received: text, or bytes as a Uint8Array.");
  if (toleranceSeconds !== undefined && !(typeof toleranceSeconds === "number" && toleranceSeconds >= 0)) {
    throw new TypeError("`toleranceSeconds` is a number of at least 0.");
  }
  if (nowMs !== undefined && !Number.isFinite(nowMs)) throw new TypeError("`nowMs` is a number of milliseconds.");
}

function headerOf(headers: WebhookHeaders, name: string): string {
  const value = typeof headers.get === "function" ? headers.get(name) : memberOf(headers, name);
  if (typeof value === "string" && value !== "") return value;
  throw new WebhookVerificationError("missing_headers", `The header \`${name}\` is missing.`);
}

function memberOf(headers: object, name: string): unknown {
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() === name) return Array.isArray(value) ? value.join(" ") : value;
  }
  return undefined;
}

function checkTime(timestamp: string, options: VerifyOptions): void {
  const { toleranceSeconds = toleranceSecondsDefault, nowMs = Date.now() } = options;
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError("bad_timestamp", "The timestamp is not in seconds since 1970.");
  }
  const ageSeconds = Math.floor(nowMs / 1000) - Number(timestamp);
  if (ageSeconds > toleranceSeconds) {
    throw new WebhookVerificationError("too_old", `It was signed ${ageSeconds} seconds ago.`);
  }
  if (ageSeconds < -toleranceSeconds) {
    throw new WebhookVerificationError("too_new", `It was signed ${-ageSeconds} seconds in the future.`);
  }
}

/** Every signature is tried with every secret, whatever came of the others. */
async function isAnySignature(
  header: string,
  verifiers: readonly Verifier[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const signatures = header.split(" ", signaturesMax).map((text) => {
    const comma = text.indexOf(",");
    return { version: text.slice(0, comma), base64: text.slice(comma + 1) };
  });
  const found = await Promise.all(
    verifiers.map((verifier) => {
      const own = signatures.filter(({ version }) => version === verifier.version);
      return verifier.isAnyOf(
        own.map(({ base64 }) => base64),
        signed,
      );
    }),
  );
  return found.includes(true);
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function readPayload<Data>(body: Uint8Array): WebhookPayload<Data> {
  try {
    const payload = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)) as unknown;
    if (typeof payload === "object" && payload !== null && !Array.isArray(payload)) {
      return payload as WebhookPayload<Data>;
    }
  } catch {
    // Said below.
  }
  throw new WebhookVerificationError("bad_payload", "It is genuine, but its body is not a JSON object.");
}
