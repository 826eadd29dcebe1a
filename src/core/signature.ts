/**
 * Standard Webhooks, version 1 of its signatures: what is signed, how secrets and headers look
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * The HMAC itself needs the machine; see `platform/hmac.ts`.
 */
const secretPrefix = "whsec_";

/** Bytes that a secret must have at least and at most, as the specification says. */
export const secretBytes = { min: 24, max: 64, generated: 32 } as const;

/** `id.timestamp.` of the signed text; the body's bytes follow as they are. */
export const signedPrefix = (id: string, timestampSeconds: number): string => `${id}.${timestampSeconds}.`;

/** One `v1,<base64>` for each secret, divided by spaces, so that a receiver may know any of them. */
export const signatureHeader = (signatures: readonly string[]): string =>
  signatures.map((signature) => `v1,${signature}`).join(" ");

export function encodeSecret(bytes: Uint8Array): string {
  return secretPrefix + btoa(String.fromCharCode(...bytes));
}

/** The secret's bytes, or null where the text is not `whsec_` and base64 of 24 to 64 bytes. */
export function decodeSecret(text: string): Uint8Array | null {
  if (!text.startsWith(secretPrefix)) return null;
  const encoded = text.slice(secretPrefix.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || encoded.length % 4 !== 0) return null;
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return bytes.length >= secretBytes.min && bytes.length <= secretBytes.max ? bytes : null;
}
