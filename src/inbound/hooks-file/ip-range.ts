/** Addresses and ranges as Go's `net` reads them. */
export type RangeVerdict = boolean | { readonly problem: string };

/**
 * Whether `address:port` is in one of the ranges, which are divided by spaces. Without `isWideIpv6` an IPv6 address
 * stands for itself; with it, as in adnanh/webhook, for the /32 that it is in.
 */
export function isInRanges(
  remoteAddress: string,
  ranges: string,
  options: { readonly isWideIpv6: boolean },
): RangeVerdict {
  const address = parseAddress(withoutPort(remoteAddress));
  if (address === null) return { problem: `invalid IP address found in remote address '${remoteAddress}'` };
  for (const text of ranges.split(/[\s\u0085]+/).filter((part) => part !== "")) {
    const range = parseRange(text, options);
    if (range === null) return { problem: `invalid CIDR address: ${text}` };
    if (contains(range, address)) return true;
  }
  return false;
}

interface Range {
  readonly address: Uint8Array;
  readonly bits: number;
}

const trimmed = (text: string): string => text.replace(/^[ [\]]+|[ [\]]+$/g, "");

export function withoutPort(remoteAddress: string): string {
  const text = trimmed(remoteAddress);
  const colon = text.lastIndexOf(":");
  return colon < 0 ? text : trimmed(text.slice(0, colon));
}

/** Null where it is none. */
export function parseRange(text: string, options: { readonly isWideIpv6: boolean }): Range | null {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === null) return null;
  // Mapped addresses count 128 bits where a range is given: they are written as IPv6.
  const isWritten4 = !text.includes(":");
  const size = isWritten4 ? 32 : 128;
  if (slash < 0) return { address, bits: options.isWideIpv6 || isWritten4 ? 32 : size };
  const digits = text.slice(slash + 1);
  if (!/^\d+$/.test(digits) || Number(digits) > size) return null;
  return { address, bits: Number(digits) };
}

function contains(range: Range, client: Uint8Array): boolean {
  const isRange4 = range.address.length === 4;
  const network = masked(range.address, range.bits);
  // An IPv6 range below ::ffff:0:0/96 is one of IPv4 addresses.
  const mapped = isRange4 ? null : unmapped(network);
  const own = mapped ?? network;
  const bits = mapped === null ? range.bits : Math.max(0, range.bits - 96);
  const address = unmapped(client) ?? client;
  if (address.length !== own.length) return false;
  const inside = masked(address, bits);
  return inside.every((byte, index) => byte === own[index]);
}

function masked(address: Uint8Array, bits: number): Uint8Array {
  return address.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
}

/** The four bytes of an IPv4 address that is written as IPv6. */
function unmapped(address: Uint8Array): Uint8Array | null {
  if (address.length !== 16 || address[10] !== 0xff || address[11] !== 0xff) return null;
  return address.subarray(0, 10).every((byte) => byte === 0) ? address.subarray(12) : null;
}

/** Four bytes, or sixteen; null where it is no address. */
export function parseAddress(text: string): Uint8Array | null {
  return text.includes(":") ? parseAddress6(text) : parseAddress4(text);
}

function parseAddress4(text: string): Uint8Array | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  if (!parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null;
  return Uint8Array.from(parts, Number);
}

function parseAddress6(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head = "", tail] = halves;
  const front = groupsOf(head, tail === undefined);
  const back = tail === undefined ? [] : groupsOf(tail, true);
  if (front === null || back === null) return null;
  const missing = 16 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...front, ...new Array<number>(missing).fill(0), ...back]);
}

/** Bytes of groups of hexadecimal digits; the last may be an IPv4 address where `isEnd`. */
function groupsOf(text: string, isEnd: boolean): number[] | null {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    const last4 = isEnd && index === groups.length - 1 && group.includes(".") ? parseAddress4(group) : null;
    if (last4 !== null) bytes.push(...last4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255);
    else return null;
  }
  return bytes;
}
