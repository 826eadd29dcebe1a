import { isIP, isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";
import { TrotlineError } from "../core/errors.ts";

/** Addresses that an operator lets Trotline send to although they are not public. */
export type AllowList = readonly AllowEntry[];

export interface AllowEntry {
  /** True where the entry names one address, and not a range. */
  readonly isSingle: boolean;
  matches(address: ipaddr.IPv4 | ipaddr.IPv6): boolean;
}

const words: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/**
 * Reads an allow-list: addresses (`10.0.0.5`), ranges (`10.0.0.0/8`), and the words `loopback` and `private`. Throws
 * `config-invalid-value` for anything else: a range that is misread opens what nobody meant to open.
 */
export function parseAllowList(texts: readonly string[]): AllowList {
  return texts.flatMap((text) => {
    const trimmed = text.trim().toLowerCase();
    return Object.hasOwn(words, trimmed)
      ? words[trimmed]!.map((range) => entryOf(range, false))
      : [parseEntry(trimmed)];
  });
}

function parseEntry(text: string): AllowEntry {
  const [address = "", prefix, ...rest] = text.split("/");
  const bits = isIPv4(address) ? 32 : 128;
  if (isIP(address) === 0 || rest.length > 0) {
    throw refused(text, "is neither an address, a range such as `10.0.0.0/8`, `loopback` nor `private`");
  }
  if (address.includes("%")) throw refused(text, "names a zone; leave out what follows `%`");
  if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits)) {
    throw refused(text, `has a prefix that is not a number from 0 to ${bits}`);
  }
  const range = `${address}/${prefix ?? bits}`;
  const parsed = ipaddr.parseCIDR(range);
  if (parsed[0] instanceof ipaddr.IPv6 && parsed[0].isIPv4MappedAddress()) {
    throw refused(text, "wraps an IPv4 address; name the IPv4 address itself");
  }
  const first = bits === 32 ? ipaddr.IPv4.networkAddressFromCIDR(range) : ipaddr.IPv6.networkAddressFromCIDR(range);
  if (first.toString() !== parsed[0].toString()) {
    throw refused(text, `has bits beyond its prefix; for the whole range write \`${first}/${prefix}\``);
  }
  return entryOf(range, parsed[1] === bits);
}

function entryOf(text: string, isSingle: boolean): AllowEntry {
  const [first, prefix] = ipaddr.parseCIDR(text);
  return {
    isSingle,
    matches: (address) => address.kind() === first.kind() && address.match(first, prefix),
  };
}

const refused = (text: string, reason: string): TrotlineError =>
  new TrotlineError("config-invalid-value", `\`${text}\` in a list of addresses ${reason}.`);
