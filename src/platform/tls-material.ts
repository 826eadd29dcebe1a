/** Judges certificates and keys before they are stored: what OpenSSL would say of them at the first handshake. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { TlsSettings } from "../core/endpoint-reach.ts";

export interface TlsRefusal {
  /** Within `tls`. */
  readonly member: "certificate" | "key" | "ca" | null;
  /** Repeats nothing of the material. */
  readonly sentence: string;
}

const pemPrivateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Certificates of one PEM text. */
const certificatesMax = 200;

/** Why the material cannot be used at this time; null where it can. */
export function tlsRefusal(tls: TlsSettings, nowMs: number): TlsRefusal | null {
  const { certificate, key, ca } = tls;
  if (certificate === null && key === null && ca === null) return refusal(null, "is empty; null is for no settings");
  if (certificate !== null && key === null) return refusal("key", "is missing beside `certificate`");
  if (certificate === null && key !== null) return refusal("certificate", "is missing beside `key`");
  if (ca !== null) {
    const problem = chainProblem(ca, nowMs);
    if (problem !== null) return refusal("ca", problem);
  }
  if (certificate !== null && key !== null) {
    const problem = chainProblem(certificate, nowMs);
    if (problem !== null) return refusal("certificate", problem);
    const keyProblem = pairProblem(certificate, key);
    if (keyProblem !== null) return refusal("key", keyProblem);
  }
  return contextRefusal(tls);
}

/** When the certificate that is shown ends; null where there is none. */
export function certificateExpiry({ certificate }: TlsSettings): Date | null {
  const [shown] = certificate === null ? [] : certificatesIn(certificate);
  return shown === undefined ? null : shown.validToDate;
}

const refusal = (member: TlsRefusal["member"], sentence: string): TlsRefusal => ({ member, sentence });

function chainProblem(pem: string, nowMs: number): string | null {
  // As in files that hold both; whoever reads the endpoint is shown its certificates.
  if (pemPrivateKey.test(pem)) return "has a private key in it, and is shown: send the certificates alone";
  let certificates: X509Certificate[];
  try {
    certificates = certificatesIn(pem);
  } catch {
    return "has a certificate that cannot be read";
  }
  if (certificates.length === 0) return "has no certificate in PEM";
  if (certificates.length > certificatesMax) return `has more than ${certificatesMax} certificates`;
  for (const { validFromDate, validToDate } of certificates) {
    if (validToDate.getTime() <= nowMs) return `expired at ${validToDate.toISOString()}`;
    if (validFromDate.getTime() > nowMs) return `is not valid before ${validFromDate.toISOString()}`;
  }
  return null;
}

function pairProblem(certificate: string, key: string): string | null {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key);
  } catch {
    return /ENCRYPTED/.test(key) ? "is encrypted: send it without a passphrase" : "is not a private key in PEM";
  }
  return certificatesIn(certificate)[0]?.checkPrivateKey(privateKey) === true
    ? null
    : "does not belong to `certificate`";
}

/** What only OpenSSL knows: keys that are too short, curves and digests that it does not take. */
function contextRefusal({ certificate, key, ca }: TlsSettings): TlsRefusal | null {
  try {
    createSecureContext({
      ...(certificate !== null && { cert: certificate }),
      ...(key !== null && { key }),
      ...(ca !== null && { ca }),
    });
    return null;
  } catch {
    return refusal(null, "cannot be used: its keys or signatures are too weak, or of an unknown kind");
  }
}

const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(pemCertificate) ?? []).map((text) => new X509Certificate(text));
