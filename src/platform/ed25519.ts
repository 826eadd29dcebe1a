/** Ed25519 (RFC 8032): private keys that sign, and their public halves as receivers know them. Part of stage 3. */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign } from "node:crypto";
import { decodePrivateKey } from "../core/signing-secret.ts";

/** The public half of a key pair. */
export interface PublicKey {
  /** The thumbprint of its JWK (RFC 7638), by which a set of keys and a signature name it. */
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

/** What stands before the seed in a PKCS #8 private key (RFC 8410). */
const privateKeyHead = Buffer.from("302e020100300506032b657004220420", "hex");
const keysMax = 10_000;

/** A memo of a pure function: nobody can see it but by its speed. */
const pairs = new Map<string, KeyPair>();

/** Base64 of the signature. Throws where the secret is no private key: the registry has checked it. */
export const signEd25519 = (secret: string, signed: Uint8Array): string =>
  sign(null, signed, pairOf(secret).privateKey).toString("base64");

export const publicKeyOf = (secret: string): PublicKey => pairOf(secret).publicKey;

/** As Standard Webhooks write it. */
export const publicKeyText = ({ bytes }: PublicKey): string => `whpk_${Buffer.from(bytes).toString("base64")}`;

/** Whether a secret that has both halves has two that belong together. */
export function isWholeKeyPair(secret: string): boolean {
  const said = decodePrivateKey(secret)?.publicKey ?? null;
  return said === null || Buffer.from(publicKeyOf(secret).bytes).equals(said);
}

function pairOf(secret: string): KeyPair {
  const kept = pairs.get(secret);
  if (kept !== undefined) return kept;
  const decoded = decodePrivateKey(secret);
  if (decoded === null) throw new Error("a secret that is no Ed25519 private key cannot sign");
  const der = Buffer.concat([privateKeyHead, decoded.seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  const keyId = hash("sha256", `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, "base64url");
  const pair = { privateKey, publicKey: { keyId, bytes: Buffer.from(x, "base64url") } };
  if (pairs.size >= keysMax) pairs.delete(pairs.keys().next().value!);
  pairs.set(secret, pair);
  return pair;
}
