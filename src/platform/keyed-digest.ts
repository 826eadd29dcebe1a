/**
 * HMACs with any algorithm and key, for schemes that others have made; the default scheme has its own in `hmac.ts`.
 * Part of stage 3.
 */
import { createHash, createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import type { HmacAlgorithm, SecretEncoding, SignatureEncoding } from "../core/endpoint-signing.ts";
import { decodeSecret } from "../core/signature.ts";

export interface KeyedDigestRequest {
  readonly algorithm: HmacAlgorithm;
  readonly secret: string;
  /** What the secret stands for; `shared` is `whsec_` and base64. */
  readonly secretEncoding: SecretEncoding | "shared";
  /** What is signed, one behind the other. */
  readonly parts: readonly (string | Uint8Array)[];
  readonly encoding: SignatureEncoding;
}

const keysMax = 10_000;

/** A memo of a pure function: nobody can see it but by its speed. */
const keys = new Map<string, KeyObject>();

export function keyedDigest({ algorithm, secret, secretEncoding, parts, encoding }: KeyedDigestRequest): string {
  const digest = createHmac(algorithm, keyOf(secret, secretEncoding));
  for (const part of parts) digest.update(part);
  return digest.digest(encoding);
}

/** The value of `Content-Digest` (RFC 9530). */
export const contentDigest = (content: Uint8Array): string => `sha-256=:${hash("sha256", content, "base64")}:`;

const guidNamespace = Buffer.from("6f1c1f0be0c85c3e9f7b0a5d3c1e7a42", "hex");
const guidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The UUID that a name always has (RFC 9562, version 5), or the name itself where it is one. */
export function guidOf(name: string): string {
  if (guidPattern.test(name)) return name;
  const bytes = createHash("sha1").update(guidNamespace).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A name for a shared key that says nothing about it: what the key makes of a fixed text. */
export const sharedKeyId = (secret: string): string =>
  keyedDigest({
    algorithm: "sha256",
    secret,
    secretEncoding: "shared",
    parts: ["key id"],
    encoding: "base64url",
  }).slice(0, 16);

function keyOf(secret: string, encoding: KeyedDigestRequest["secretEncoding"]): KeyObject {
  const name = `${encoding} ${secret}`;
  const kept = keys.get(name);
  if (kept !== undefined) return kept;
  const key = createSecretKey(encoding === "shared" ? sharedBytes(secret) : bytesOf(secret, encoding));
  if (keys.size >= keysMax) keys.delete(keys.keys().next().value!);
  keys.set(name, key);
  return key;
}

const bytesOf = (secret: string, encoding: SecretEncoding): Buffer =>
  Buffer.from(secret, encoding === "text" ? "utf8" : encoding);

function sharedBytes(secret: string): Buffer {
  const bytes = decodeSecret(secret);
  if (bytes === null) throw new Error("a secret that is not `whsec_` and base64 of 24 to 64 bytes cannot sign");
  return Buffer.from(bytes);
}
