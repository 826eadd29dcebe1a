/** TLS of a server of hooks, by the names that Go has for versions and cipher suites. */
import type { SecureVersion } from "node:tls";

/** Go's names (https://pkg.go.dev/crypto/tls#pkg-constants) and OpenSSL's, in the order in which Go lists them. */
const suites: readonly (readonly [name: string, openssl: string])[] = [
  ["TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"],
  ["TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"],
  ["TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"],
  ["TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"],
  ["TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"],
  ["TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"],
  ["TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"],
  ["TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"],
  ["TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"],
  ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"],
  ["TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"],
  ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"],
  ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"],
  ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
  ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"],
  ["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"],
  ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"],
];

const versions: ReadonlyMap<string, SecureVersion> = new Map([
  ["1.0", "TLSv1"],
  ["1.1", "TLSv1.1"],
  ["", "TLSv1.2"],
  ["1.2", "TLSv1.2"],
  ["1.3", "TLSv1.3"],
]);

const isOfTls13 = (name: string): boolean => !name.includes("_WITH_");

/** What the certificate is served with, or a sentence that says what is wrong with a name. */
export function tlsSettings(
  versionMin: string,
  names: readonly string[],
): { readonly minVersion: SecureVersion; readonly ciphers: string } | string {
  const minVersion = versions.get(versionMin);
  if (minVersion === undefined) return `error: unknown minimum TLS version: ${versionMin}`;
  const known = new Map(suites);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) return `error: unknown TLS cipher suite: ${unknown}`;
  const wanted = names.length === 0 ? [...known.values()] : names.map((name) => known.get(name) ?? "");
  // OpenSSL takes part in versions that old only where it is told that nothing is too weak.
  const isOld = minVersion === "TLSv1" || minVersion === "TLSv1.1";
  // Suites of 1.3 cannot be left out in Go.
  const always = suites.map(([name]) => name).filter(isOfTls13);
  return { minVersion, ciphers: [...new Set([...always, ...wanted]), ...(isOld ? ["@SECLEVEL=0"] : [])].join(":") };
}

/** Those that a version or a later one has, a line each; or the sentence of `tlsSettings`. */
export function cipherSuiteList(versionMin: string): string | readonly string[] {
  const settings = tlsSettings(versionMin, []);
  if (typeof settings === "string") return settings;
  const names = suites.map(([name]) => name);
  return settings.minVersion === "TLSv1.3" ? names.filter(isOfTls13) : names;
}
