import { WebhookVerificationError } from "./verification-error.ts";

/** A secret made ready. */
export interface Verifier {
  /** Of the signatures that it knows. */
  readonly version: "v1" | "v1a";
  /** Whether one of the signatures (base64) is over these bytes. Takes as long whichever it is. */
  isAnyOf(signatures: readonly string[], signed: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

const sharedPrefix = "whsec_";
const publicPrefix = "whpk_";
const publicKeyBytes = 32;

/** `whsec_` and base64 of a shared secret, or `whpk_` and base64 of an Ed25519 public key. Never shown in an error. */
export function importSecret(secret: string): Promise<Verifier> {
  if (typeof secret === "string" && secret.startsWith(sharedPrefix)) {
    return sharedVerifier(bytesOf(secret.slice(sharedPrefix.length)));
  }
  if (typeof secret === "string" && secret.startsWith(publicPrefix)) {
    return publicVerifier(bytesOf(secret.slice(publicPrefix.length)));
  }
  throw badSecret(`A secret begins with \`${sharedPrefix}\`, a public key with \`${publicPrefix}\`.`);
}

async function sharedVerifier(bytes: Uint8Array<ArrayBuffer>): Promise<Verifier> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  return {
    version: "v1",
    isAnyOf: async (signatures, signed) => {
      const expected = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
      return signatures.map((text) => isSame(expected, decodeBase64(text))).includes(true);
    },
  };
}

async function publicVerifier(bytes: Uint8Array<ArrayBuffer>): Promise<Verifier> {
  if (bytes.length !== publicKeyBytes) throw badSecret(`A public key has ${publicKeyBytes} bytes.`);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "Ed25519" }, false, ["verify"]);
  return {
    version: "v1a",
    isAnyOf: async (signatures, signed) => {
      const found = await Promise.all(
        signatures.map(async (text) => {
          const signature = decodeBase64(text);
          return signature !== null && crypto.subtle.verify({ name: "Ed25519" }, key, signature, signed);
        }),
      );
      return found.includes(true);
    },
  };
}

/** In constant time: how much of a forged signature is right must not show in how long it takes. */
function isSame(expected: Uint8Array, given: Uint8Array | null): boolean {
  if (given === null || given.length !== expected.length) return false;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) difference |= (expected[i] ?? 0) ^ (given[i] ?? 0);
  return difference === 0;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64(base64);
  if (bytes === null || bytes.length === 0) throw badSecret("What follows the secret's prefix is not base64.");
  return bytes;
}

/** Null where the text is not base64 of the standard alphabet, with its padding. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

const badSecret = (sentence: string): WebhookVerificationError => new WebhookVerificationError("bad_secret", sentence);
