/** What a secret of each scheme looks like. A secret is never in a sentence of these. */
import type { SigningScheme } from "./endpoint-signing.ts";
import { limits } from "./limits.ts";
import { decodeSecret, encodeSecret } from "./signature.ts";

/** `shared`: `whsec_…`; `private`: `whsk_…`, an Ed25519 key; the others are what the scheme's provider has. */
type SecretForm = "shared" | "private" | "text" | "hex" | "base64" | "none";

/** Of what Ed25519 calls the private key (RFC 8032), and of that with the public key behind it. */
const seedBytes = 32;
const pairBytes = 64;
const privatePrefix = "whsk_";

function formOf(signing: SigningScheme): SecretForm {
  switch (signing.scheme) {
    case "standard-webhooks":
      return "shared";
    case "standard-webhooks-ed25519":
      return "private";
    case "http-message-signatures":
      return signing.algorithm === "ed25519" ? "private" : "shared";
    case "hmac":
      return signing.secretEncoding;
    case "none":
      return "none";
    default:
      return "text";
  }
}

/** Why a text is no secret of the scheme; null where it is one. */
export function secretRefusal(signing: SigningScheme, secret: string): string | null {
  if (secret.length > limits.secretLength) return `A secret has at most ${limits.secretLength} characters.`;
  switch (formOf(signing)) {
    case "shared":
      return decodeSecret(secret) === null ? "A secret is `whsec_` and the base64 of 24 to 64 bytes." : null;
    case "private":
      return decodePrivateKey(secret) === null
        ? "A private key is `whsk_` and the base64 of its 32 bytes, or of these and the 32 of the public key."
        : null;
    case "hex":
      return isBytes(/^(?:[0-9A-Fa-f]{2})+$/.test(secret) ? secret.length / 2 : 0)
        ? null
        : `A secret is ${byteRule} in hexadecimal digits.`;
    case "base64":
      return isBytes(decodeBase64(secret)?.length ?? 0) ? null : `A secret is ${byteRule} in base64.`;
    case "text":
      return textRefusal(secret);
    case "none":
      return "What is not signed has no secret.";
  }
}

const byteRule = `${limits.secretLengthMin} bytes or more`;
const isBytes = (count: number): boolean => count >= limits.secretLengthMin;

function textRefusal(secret: string): string | null {
  if (secret.startsWith(privatePrefix)) return "A private key is no secret of this scheme: receivers would have it.";
  if (secret.length < limits.secretLengthMin || !secret.isWellFormed()) {
    return `A secret is a text of ${limits.secretLengthMin} to ${limits.secretLength} characters.`;
  }
  return null;
}

/** A secret of the scheme, of fresh bytes. */
export function encodeFreshSecret(signing: SigningScheme, bytes: Uint8Array): string {
  switch (formOf(signing)) {
    case "private":
      return privatePrefix + base64(bytes);
    case "hex":
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    case "base64":
      return base64(bytes);
    case "text":
      // As Stripe's own look; their prefix is part of the key.
      return signing.scheme === "stripe" ? encodeSecret(bytes) : base64url(bytes);
    default:
      return encodeSecret(bytes);
  }
}

/** The key's seed, and the public key where the text has it too; null where it is no private key. */
export function decodePrivateKey(secret: string): { seed: Uint8Array; publicKey: Uint8Array | null } | null {
  if (!secret.startsWith(privatePrefix)) return null;
  const bytes = decodeBase64(secret.slice(privatePrefix.length));
  if (bytes?.length === seedBytes) return { seed: bytes, publicKey: null };
  return bytes?.length === pairBytes ? { seed: bytes.slice(0, seedBytes), publicKey: bytes.slice(seedBytes) } : null;
}

/** Null where the text is not base64 of the standard alphabet, with its padding. */
export function decodeBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

const base64url = (bytes: Uint8Array): string =>
  base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
