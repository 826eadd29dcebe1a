/**
 * Who sent a request, where proxies stand before this server. Only what a trusted proxy says is believed, and it is
 * read from the right: whatever is to the left of the first address that is not trusted, anybody may have written.
 */
import ipaddr from "ipaddr.js";
import { headerValues } from "../core/received-request.ts";
import type { AllowList } from "../platform/allow-list.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The other end of the connection. */
export interface Peer {
  readonly address: string;
  readonly isEncrypted: boolean;
}

export interface Client {
  readonly address: string;
  readonly protocol: "http" | "https";
  /** What the client asked for; null where nobody says. */
  readonly host: string | null;
}

/** What one proxy says of whom it serves. */
interface Hop {
  readonly address: Address | null;
  readonly protocol: string | null;
  readonly host: string | null;
}

export function clientOf(peer: Peer, headers: readonly string[], trusted: AllowList): Client {
  const own: Client = {
    address: shown(parseAddress(peer.address), peer.address),
    protocol: peer.isEncrypted ? "https" : "http",
    host: onlyOne(headerValues(headers, "host")),
  };
  if (trusted.length === 0 || !isIn(trusted, parseAddress(peer.address))) return own;
  const listed = headerValues(headers, "x-forwarded-for");
  const forwarded = headerValues(headers, "forwarded");
  const hops = forwardedHops(forwarded.join(","));
  const byList = nearest(listed.join(",").split(",").map(listedHop), trusted);
  const byForwarded = nearest(hops, trusted);
  // A proxy writes one of them and passes on what a client made of the other: where they differ, one is made up.
  const isDoubtful = listed.length > 0 && forwarded.length > 0 && byList?.toString() !== byForwarded?.toString();
  const address = isDoubtful ? null : (byList ?? byForwarded);
  const last = hops.at(-1);
  return {
    address: address === null ? own.address : shown(address, own.address),
    protocol: protocolOf(lastOf(headers, "x-forwarded-proto") ?? last?.protocol) ?? own.protocol,
    host: hostOf(lastOf(headers, "x-forwarded-host") ?? last?.host) ?? own.host,
  };
}

/** True where the address is one of these. */
export function isIn(list: AllowList, address: Address | null): boolean {
  return address !== null && list.some((entry) => entry.matches(address));
}

/** The address behind the last proxy that is trusted; null where what is said there is no address. */
function nearest(hops: readonly Pick<Hop, "address">[], trusted: AllowList): Address | null {
  for (let index = hops.length - 1; index >= 0; index--) {
    const address = hops[index]?.address ?? null;
    if (address === null || index === 0 || !isIn(trusted, address)) return address;
  }
  return null;
}

const listedHop = (text: string): Pick<Hop, "address"> => ({ address: parseAddress(text.trim()) });

/** An address with or without a port; an IPv4 address that an IPv6 one stands for is that. Null for anything else. */
export function parseAddress(text: string): Address | null {
  const bare = /^\[([0-9a-fA-F:.]+)\](:\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+)(:\d{1,5})?$/.exec(text)?.[1] ?? text;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  if (!bare.includes(":") || !ipaddr.IPv6.isValid(bare) || bare.includes("%")) return null;
  return ipaddr.process(bare);
}

const shown = (address: Address | null, otherwise: string): string => address?.toString() ?? otherwise;

/** RFC 7239: `for=192.0.2.1;proto=https;host=example.com, for="[2001:db8::1]:443"`. */
function forwardedHops(text: string): Hop[] {
  return splitUnquoted(text, ",").map((element) => {
    const pairs = new Map<string, string>();
    for (const pair of splitUnquoted(element, ";")) {
      const equals = pair.indexOf("=");
      if (equals > 0) pairs.set(pair.slice(0, equals).trim().toLowerCase(), unquoted(pair.slice(equals + 1).trim()));
    }
    return {
      address: parseAddress(pairs.get("for") ?? ""),
      protocol: pairs.get("proto") ?? null,
      host: pairs.get("host") ?? null,
    };
  });
}

function splitUnquoted(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const letter = text[index];
    if (isQuoted && letter === "\\") index += 1;
    else if (letter === '"') isQuoted = !isQuoted;
    else if (!isQuoted && letter === separator) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

const unquoted = (text: string): string =>
  text.startsWith('"') && text.endsWith('"') && text.length >= 2 ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text;

/** Of two, another reader on the way may have believed the other one. */
const onlyOne = (values: readonly string[]): string | null => (values.length === 1 ? (values[0] ?? null) : null);

const lastOf = (headers: readonly string[], name: string): string | undefined =>
  headerValues(headers, name).join(",").split(",").at(-1)?.trim() || undefined;

function protocolOf(text: string | null | undefined): Client["protocol"] | null {
  const protocol = text?.toLowerCase();
  return protocol === "http" || protocol === "https" ? protocol : null;
}

/** Nothing but a name or an address, and a port. */
const hostOf = (text: string | null | undefined): string | null =>
  text !== null && text !== undefined && /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/.test(text) ? text : null;
