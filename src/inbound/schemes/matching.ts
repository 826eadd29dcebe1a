/** Comparing what was sent with what a secret makes, where a scheme is more than a declaration. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { refusal } from "./refusal.ts";

/** Whether two digests are the same; the time says nothing of where they differ. */
export const isSameDigest = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

export const mismatch = refusal("signature_mismatch", "The signature is not by the one that it should be by.");

export function hmac(
  algorithm: "sha1" | "sha256" | "sha384" | "sha512",
  secret: string,
  ...parts: readonly (string | Uint8Array)[]
): Buffer {
  const digest = createHmac(algorithm, secret);
  for (const part of parts) digest.update(part);
  return digest.digest();
}
