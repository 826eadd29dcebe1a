/**
 * Which addresses may be sent to. Endpoints are named by tenants, so a URL must not become a way into the network that
 * Trotline runs in. Asked when an endpoint is configured, when a name is resolved, and when a connection stands.
 */
import { isIP, isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";
import type { AllowList } from "./allow-list.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What the ranges that `ipaddr.js` knows are called in a sentence; `unicast` is every other address. */
const rangeNames: Readonly<Record<string, string>> = {
  unspecified: "an unspecified",
  broadcast: "a broadcast",
  multicast: "a multicast",
  linkLocal: "a link-local",
  loopback: "a loopback",
  carrierGradeNat: "a carrier-grade NAT",
  private: "a private",
  uniqueLocal: "a private",
  deprecatedSiteLocal: "a site-local",
  rfc6145: "a translated",
  rfc6052: "a NAT64",
  "6to4": "a 6to4",
  teredo: "a Teredo",
  discard: "a discard-only",
  benchmarking: "a benchmarking",
};

/**
 * Where clouds answer their machines with credentials. Some lie in private ranges and one in a public range (Azure's),
 * so they are named one by one, and no word or range of an allow-list opens them: only the address itself.
 */
const metadataAddresses = new Set([
  "169.254.169.254", // AWS, Azure, Google Cloud, DigitalOcean, OpenStack and others
  "169.254.170.2", // AWS, credentials of ECS tasks
  "169.254.170.23", // AWS, credentials of EKS pods
  "169.254.0.23", // Tencent Cloud
  "169.254.42.42", // Scaleway
  "100.100.100.200", // Alibaba Cloud
  "192.0.0.192", // Oracle Cloud
  "168.63.129.16", // Azure, the host
  "fd00:ec2::254", // AWS
  "fd00:ec2::23", // AWS, credentials of EKS pods
  "fd20:ce::254", // Google Cloud
  "fd00:42::42", // Scaleway
  "fd00:c1::a9fe:a9fe", // Oracle Cloud
  "fe80::a9fe:a9fe", // OpenStack
]);

const globalUnicast = ipaddr.parseCIDR("2000::/3") as [ipaddr.IPv6, number];
const nat64 = ipaddr.parseCIDR("64:ff9b::/96") as [ipaddr.IPv6, number];
const compatible = ipaddr.parseCIDR("::/96") as [ipaddr.IPv6, number];

export class AddressGuard {
  readonly #allowed: AllowList;

  constructor(allowed: AllowList = []) {
    this.#allowed = allowed;
  }

  /** Why an address may not be sent to, as a clause (`it is a private address`); null where it may. */
  refusal(address: string): string | null {
    const bare = address.replace(/^\[|\]$|%.*$/g, "");
    if (isIP(bare) === 0) return "it is not an IP address";
    return this.#judge(parseAddress(bare));
  }

  /**
   * The same for a URL's host. The URL parser has written odd spellings (`0x7f.1`, `017700000001`) as plain addresses.
   * A name is judged when it is resolved, but for `localhost`, which never leaves the machine (RFC 6761).
   */
  hostRefusal(host: string): string | null {
    const bare = host.replace(/\.$/, "").toLowerCase();
    if (bare === "localhost" || bare.endsWith(".localhost")) return this.refusal("127.0.0.1");
    return isIP(bare.replace(/^\[|\]$/g, "")) === 0 ? null : this.refusal(bare);
  }

  #judge(address: Address): string | null {
    if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return this.#judge(address.toIPv4Address());
    const allowed = this.#allowed.find((entry) => entry.matches(address));
    if (metadataAddresses.has(address.toString())) {
      return allowed?.isSingle ? null : "it is a cloud's metadata address";
    }
    const refusal = rangeRefusal(address);
    if (refusal === null || allowed === undefined) return refusal ?? this.#innerRefusal(address);
    return this.#innerRefusal(address);
  }

  /** A gateway takes NAT64 addresses to the IPv4 address inside: allowing the prefix must not allow what it wraps. */
  #innerRefusal(address: Address): string | null {
    if (!(address instanceof ipaddr.IPv6) || !address.match(nat64)) return null;
    return this.#judge(lastIPv4(address));
  }
}

function parseAddress(text: string): Address {
  if (isIPv4(text)) return ipaddr.IPv4.parse(text);
  const parsed = ipaddr.IPv6.parse(text);
  // `ipaddr.js` reads `::1.2.3.4` (IPv4-compatible) as `::ffff:1.2.3.4` (IPv4-mapped).
  return /^::\d+\./.test(text) ? new ipaddr.IPv6([0, 0, 0, 0, 0, 0, ...parsed.parts.slice(6)]) : parsed;
}

function rangeRefusal(address: Address): string | null {
  const range = address.range();
  if (range !== "unicast") return `it is ${rangeNames[range] ?? "a reserved"} address`;
  if (!(address instanceof ipaddr.IPv6) || address.match(globalUnicast)) return null;
  return address.match(compatible) ? "it is an IPv4-compatible address" : "it is a reserved address";
}

function lastIPv4(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}
