/**
 * The HMAC behind `core/signature.ts`, and the hash of keys. On the hot path: stage 3 of 4, publish → dispatch →
 * [attempt] → journal, signs once for each delivery and secret.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import { decodeSecret, signatureHeader, signedPrefix } from "../core/signature.ts";

/**
 * Keys kept ready. Signing 1 KiB takes 2.1 µs with a kept `KeyObject`, 3.1 µs when it is made each time, and 10.7 µs
 * when `createHmac` is given the raw bytes (Node 24.21, one core); decoding the secret's text comes on top of both.
 */
const keysMax = 10_000;

/** A memo of a pure function: nobody can see it but by its speed. */
const keys = new Map<string, KeyObject>();

export interface StandardWebhookContent {
  /** Each as `whsec_` and base64; every one signs, in this order. */
  readonly secrets: readonly string[];
  /** The value of `webhook-id`. */
  readonly id: string;
  /** The value of `webhook-timestamp`. */
  readonly timestampSeconds: number;
  /** The body as it will be sent. */
  readonly body: Uint8Array;
}

/** The value of `webhook-signature`. Throws where a secret is not one: the registry has checked them. */
export function signStandardWebhook(content: StandardWebhookContent): string {
  const { secrets, body } = content;
  const prefix = signedPrefix(content.id, content.timestampSeconds);
  if (secrets.length === 1) return signatureHeader([signature(secrets[0]!, prefix, body)]);
  return signatureHeader(secrets.map((secret) => signature(secret, prefix, body)));
}

/** SHA-256 of bytes: how bodies are told apart. */
export const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");

/** SHA-256 of a text's UTF-8, in hexadecimal digits: how keys are stored. */
export const sha256Hex = (text: string): string => hash("sha256", text, "hex");

function signature(secret: string, prefix: string, body: Uint8Array): string {
  return createHmac("sha256", keyOf(secret)).update(prefix).update(body).digest("base64");
}

function keyOf(secret: string): KeyObject {
  const kept = keys.get(secret);
  if (kept !== undefined) return kept;
  const bytes = decodeSecret(secret);
  if (bytes === null) throw new Error("a secret that is not `whsec_` and base64 of 24 to 64 bytes cannot sign");
  const key = createSecretKey(bytes);
  if (keys.size >= keysMax) keys.delete(keys.keys().next().value!);
  keys.set(secret, key);
  return key;
}
