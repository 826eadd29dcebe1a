/**
 * HTTP Message Signatures (RFC 9421, https://www.rfc-editor.org/rfc/rfc9421) over the method, the target, the digest of
 * the content (RFC 9530) and the id. Every secret has a signature of its own. Part of stage 3.
 */
import type { MessageSigning } from "../core/endpoint-signing.ts";
import { publicKeyOf, signEd25519 } from "../platform/ed25519.ts";
import { contentDigest, keyedDigest, sharedKeyId } from "../platform/keyed-digest.ts";
import { type Signed, targetUri } from "./signed.ts";

export function messageSignatureHeaders(
  signing: MessageSigning,
  secrets: readonly string[],
  { id, timestampSeconds, body, sent = body, method, url }: Signed,
): string[] {
  const digest = contentDigest(sent);
  const covered = [
    ["@method", method],
    ["@target-uri", targetUri(url)],
    ["content-digest", digest],
    ["webhook-id", id],
  ] as const;
  const names = `(${covered.map(([name]) => `"${name}"`).join(" ")})`;
  const base = covered.map(([name, value]) => `"${name}": ${value}\n`).join("");
  const made = secrets.map((secret, index) => {
    const parameters = `${names};created=${timestampSeconds};keyid="${messageKeyId(signing, secret)}";alg="${signing.algorithm}"`;
    const signature = signatureOf(signing, secret, `${base}"@signature-params": ${parameters}`);
    return { input: `sig${index + 1}=${parameters}`, signature: `sig${index + 1}=:${signature}:` };
  });
  return [
    "webhook-id",
    id,
    "Content-Digest",
    digest,
    "Signature-Input",
    made.map(({ input }) => input).join(", "),
    "Signature",
    made.map(({ signature }) => signature).join(", "),
  ];
}

/** How a signature names its key. */
export const messageKeyId = ({ algorithm }: MessageSigning, secret: string): string =>
  algorithm === "ed25519" ? publicKeyOf(secret).keyId : sharedKeyId(secret);

function signatureOf({ algorithm }: MessageSigning, secret: string, base: string): string {
  if (algorithm === "ed25519") return signEd25519(secret, Buffer.from(base));
  return keyedDigest({ algorithm: "sha256", secret, secretEncoding: "shared", parts: [base], encoding: "base64" });
}
