/** Keys as they are written in a source's secrets, and what verifies with them. */
import {
  createHash,
  createHmac,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { limits } from "../../core/limits.ts";
import type { CustomScheme, SecretEncoding, SignatureAlgorithm, SignatureEncoding } from "../../core/scheme.ts";
import { isSameDigest } from "./matching.ts";

type Parts = readonly (string | Uint8Array)[];

const hmacHashes: Partial<Record<SignatureAlgorithm, string>> = {
  "hmac-sha1": "sha1",
  "hmac-sha256": "sha256",
  "hmac-sha512": "sha512",
};

const keysMax = 10_000;

/** A memo of a pure function: nobody can see it but by its speed. */
const keys = new Map<string, KeyObject>();

/** The name of a scheme's hash; null where it has no HMAC. */
export const hashOf = (algorithm: SignatureAlgorithm): string | null => hmacHashes[algorithm] ?? null;

/** Why a text cannot be a secret; null where it can. The text itself is in none of the sentences. */
export function keyRefusal(custom: CustomScheme, text: string): string | null {
  const { algorithm, secretEncoding, secretPrefix } = custom;
  const isPublic = isPublicKey(algorithm);
  if (text.trim() === "") return "A secret is not empty.";
  if (!isPublic && text.trim() !== text) return "A secret has no white space around it.";
  const { sourceSecretLength } = limits;
  if (text.length > sourceSecretLength) return `A secret has at most ${sourceSecretLength} characters.`;
  if (isPublic && text.includes("PRIVATE KEY")) return "It is a private key: only the sender has that.";
  try {
    keyOf(custom, text);
    return null;
  } catch {
    if (isPublic) return `It is no public key of ${algorithm}: ${publicForms(algorithm)}.`;
    const prefix = secretPrefix === "" ? "" : `\`${secretPrefix}\` and `;
    return `A secret of this scheme is ${prefix}${secretEncoding === "hex" ? "hexadecimal digits" : secretEncoding}.`;
  }
}

const isPublicKey = (algorithm: SignatureAlgorithm): boolean =>
  algorithm !== "token" && hmacHashes[algorithm] === undefined;

const publicForms = (algorithm: SignatureAlgorithm): string =>
  `PEM, or base64 of its SPKI${algorithm === "ed25519" ? ", or the 32 bytes in hexadecimal digits or base64" : ""}`;

/** The key that a secret is. Throws where the text is none. */
export function keyOf(custom: CustomScheme, secret: string): KeyObject {
  const { algorithm, secretEncoding, secretPrefix } = custom;
  // With its length, so that no other prefix and secret have the same name.
  const name = `${algorithm} ${secretEncoding} ${secretPrefix.length} ${secretPrefix}${secret}`;
  const kept = keys.get(name);
  if (kept !== undefined) return kept;
  const written = secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret;
  const key = isPublicKey(algorithm)
    ? publicKey(algorithm, written)
    : createSecretKey(bytesOf(written, secretEncoding));
  if (keys.size >= keysMax) keys.delete(keys.keys().next().value!);
  keys.set(name, key);
  return key;
}

function bytesOf(text: string, encoding: SecretEncoding): Buffer {
  const bytes = encoding === "utf8" ? Buffer.from(text, "utf8") : decodeLoosely(text, encoding);
  if (bytes.length === 0) throw new Error("an empty secret");
  return bytes;
}

/** As people copy secrets: hexadecimal digits in any case, base64 with or without its padding. */
function decodeLoosely(text: string, encoding: "hex" | "base64"): Buffer {
  const bytes = Buffer.from(text, encoding);
  const again = bytes.toString(encoding);
  const same = encoding === "hex" ? again === text.toLowerCase() : again.replace(/=+$/, "") === text.replace(/=+$/, "");
  if (!same) throw new Error(`not ${encoding}`);
  return bytes;
}

const ed25519Head = Buffer.from("302a300506032b6570032100", "hex");
const rsaBitsMin = 2048;

function publicKey(algorithm: SignatureAlgorithm, text: string): KeyObject {
  if (text.includes("PRIVATE KEY")) throw new Error("a private key");
  const key = text.includes("-----BEGIN") ? createPublicKey(text) : createPublicKey(derOf(algorithm, text.trim()));
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const fits =
    algorithm === "ed25519"
      ? key.asymmetricKeyType === "ed25519"
      : algorithm === "rsa-sha256"
        ? key.asymmetricKeyType === "rsa" && modulusLength >= rsaBitsMin
        : key.asymmetricKeyType === "ec" && namedCurve === "prime256v1";
  if (!fits) throw new Error("a key of another algorithm");
  return key;
}

function derOf(algorithm: SignatureAlgorithm, text: string): { key: Buffer; format: "der"; type: "spki" } {
  const isHex = algorithm === "ed25519" && /^[0-9a-fA-F]{64}$/.test(text);
  const bytes = decodeLoosely(text, isHex ? "hex" : "base64");
  const isRaw = algorithm === "ed25519" && bytes.length === 32;
  return { key: isRaw ? Buffer.concat([ed25519Head, bytes]) : bytes, format: "der", type: "spki" };
}

/** The bytes of a signature, or null where it is not written exactly as its encoding says. */
export function decodeSignature(text: string, encoding: SignatureEncoding): Buffer | null {
  const bytes = Buffer.from(text, encoding);
  return bytes.length > 0 && bytes.toString(encoding) === text ? bytes : null;
}

/** Whether each signature was made of the parts with the key. All are looked at, however soon one fits. */
export function isAnySignature(
  { algorithm }: CustomScheme,
  key: KeyObject,
  { parts, signatures }: { parts: Parts; signatures: readonly Buffer[] },
): boolean {
  const hash = hashOf(algorithm);
  if (hash === null) return isAnyPublic(algorithm, key, { parts, signatures });
  const digest = createHmac(hash, key);
  for (const part of parts) digest.update(part);
  const wanted = digest.digest();
  return signatures.filter((signature) => isSameDigest(signature, wanted)).length > 0;
}

function isAnyPublic(
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  { parts, signatures }: { parts: Parts; signatures: readonly Buffer[] },
): boolean {
  const content = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  const digest = algorithm === "ed25519" ? null : "sha256";
  return signatures.filter((signature) => verify(digest, content, key, signature)).length > 0;
}

/** Compares bytes of any length without telling where they differ, or how long the secret ones are. */
export function isSameSecret(given: Uint8Array, secret: Uint8Array): boolean {
  const [a, b] = [given, secret].map((bytes) => createHash("sha256").update(bytes).digest());
  return timingSafeEqual(a!, b!);
}

/** The same of texts. */
export const isSameText = (given: string, secret: string): boolean =>
  isSameSecret(Buffer.from(given, "utf8"), Buffer.from(secret, "utf8"));
