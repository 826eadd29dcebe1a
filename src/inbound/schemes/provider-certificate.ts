/** The certificate that a provider signs with: fetched from its own host, and judged before it is believed. */
import { type KeyObject, X509Certificate } from "node:crypto";
import { refusal } from "./refusal.ts";
import type { Refusal, VerifyContext } from "./scheme.ts";

export interface CertificateRules {
  /** The provider's; the caller has made sure of it. */
  readonly url: string;
  /** The certificate must be for a name under one of these, such as `paypal.com`. */
  readonly domains: readonly string[];
}

const certificatesMax = 5;
const keyBitsMin = 2048;

/** The key of the certificate at a URL. */
export async function certificateKey(
  { url, domains }: CertificateRules,
  { fetchText, nowMs }: Pick<VerifyContext, "fetchText" | "nowMs">,
): Promise<KeyObject | Refusal> {
  let text: string;
  try {
    text = await fetchText(url);
  } catch {
    return refusal("provider_unavailable", "The provider's certificate could not be fetched just now.");
  }
  const chain = chainOf(text);
  const [certificate] = chain;
  if (certificate === undefined) return refused("is not one to five certificates in PEM");
  if (!isCurrent(certificate, nowMs)) return refused("is not valid now");
  if (!isForOneOf(certificate, domains)) return refused("is for another name");
  if (!isWhole(chain)) return refused("was not issued by the one behind it");
  const key = certificate.publicKey;
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== "rsa" || modulusLength < keyBitsMin) return refused("has no RSA key of 2048 bits");
  return key;
}

const refused = (why: string): Refusal => refusal("certificate_refused", `The provider's certificate ${why}.`);

/** The certificates of a PEM, the signer's first; none where one cannot be read. */
function chainOf(text: string): X509Certificate[] {
  const parts = text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  if (parts.length > certificatesMax) return [];
  try {
    return parts.map((part) => new X509Certificate(part));
  } catch {
    return [];
  }
}

const isCurrent = ({ validFrom, validTo }: X509Certificate, nowMs: number): boolean =>
  Date.parse(validFrom) <= nowMs && nowMs <= Date.parse(validTo);

function isForOneOf({ subject, subjectAltName = "" }: X509Certificate, domains: readonly string[]): boolean {
  const common = /^CN=(.+)$/m.exec(subject ?? "")?.[1];
  const others = [...subjectAltName.matchAll(/(?:^|, )DNS:([^,\s"]+)/g)].map(([, name]) => name);
  return [common, ...others].some((name) => domains.some((domain) => name?.toLowerCase().endsWith(`.${domain}`)));
}

/** Providers show the certificate alone, or those that lead from it towards its authority. */
const isWhole = (chain: readonly X509Certificate[]): boolean =>
  chain.every((certificate, index) => {
    const issuer = chain[index + 1];
    return issuer === undefined || (certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  });
