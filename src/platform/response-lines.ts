/** What the lines of an HTTP/1.1 answer say (RFC 9112). A line is a range of bytes, without its line break. */

const space = 0x20;
const tab = 0x09;
const colon = 0x3a;
const semicolon = 0x3b;
const zero = 0x30;

/** What a byte may be part of, as bits: names of headers (RFC 9110, section 5.6.2), and values and reasons. */
const inName = 1;
const inText = 2;
const roles = Uint8Array.from({ length: 256 }, (_, byte) => {
  const isNameByte = byte < 0x80 && /[\w!#$%&'*+.^`|~-]/.test(String.fromCharCode(byte));
  const isTextByte = byte === tab || (byte >= space && byte !== 0x7f);
  return (isNameByte ? inName : 0) | (isTextByte ? inText : 0);
});

export const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

const versionStart = bytesOf("HTTP/1.");

/** Whether these bytes may become a status line: another protocol's greeting is known at once. */
export function mayBeStatusLine(bytes: Uint8Array, start: number, end: number): boolean {
  const known = Math.min(versionStart.length, end - start);
  for (let index = 0; index < known; index++) if (bytes[start + index] !== versionStart[index]) return false;
  return true;
}

/** The status; negative where the version is 1.0; null where it is no status line of HTTP/1.0 or 1.1. */
export function readStatusLine(bytes: Uint8Array, start: number, end: number): number | null {
  if (end - start < 12 || !mayBeStatusLine(bytes, start, end) || bytes[start + 8] !== space) return null;
  const minor = bytes[start + 7]! - zero;
  if (minor !== 0 && minor !== 1) return null;
  const status = readDigits(bytes, start + 9, start + 12);
  if (status === null || status < 100) return null;
  if (end - start > 12 && bytes[start + 12] !== space) return null;
  if (!isText(bytes, start + 12, end)) return null;
  return minor === 1 ? status : -status;
}

/** Where the name of a header ends; -1 where the line is no header. */
export function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (roles[bytes[at]!]! & inName) !== 0) at += 1;
  if (at === start || bytes[at] !== colon || at === end || !isText(bytes, at, end)) return -1;
  return at;
}

/** Whether the name that begins at `start` is this one, given in small letters; any case will do. */
export function isName(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  // No byte that a name may have becomes a letter or a hyphen by this bit, but capital letters and the hyphen itself.
  for (let index = 0; index < name.length; index++) if ((bytes[start + index]! | 0x20) !== name[index]) return false;
  return true;
}

/** The value of a header, without the blanks around it. */
export function valueText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, start, end).replace(/^[ \t]+|[ \t]+$/g, "");
}

/** The value of a `content-length`; null where it is not one number that can be counted to. */
export function readLength(bytes: Uint8Array, start: number, end: number): number | null {
  let first = start;
  let last = end;
  while (first < last && isBlank(bytes[first]!)) first += 1;
  while (last > first && isBlank(bytes[last - 1]!)) last -= 1;
  return readDigits(bytes, first, last);
}

/** The size of the chunk that follows; null where the line has none. Extensions are passed over. */
export function readChunkSize(bytes: Uint8Array, start: number, end: number): number | null {
  let size = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = hexDigit(bytes[at]!);
    if (digit < 0) break;
    size = size * 16 + digit;
    if (size > Number.MAX_SAFE_INTEGER) return null;
  }
  if (at === start || (at < end && bytes[at] !== semicolon) || !isText(bytes, at, end)) return null;
  return size;
}

function readDigits(bytes: Uint8Array, start: number, end: number): number | null {
  if (start === end) return null;
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - zero;
    if (digit < 0 || digit > 9) return null;
    number = number * 10 + digit;
    if (number > Number.MAX_SAFE_INTEGER) return null;
  }
  return number;
}

function hexDigit(byte: number): number {
  if (byte >= zero && byte <= 0x39) return byte - zero;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((roles[bytes[at]!]! & inText) === 0) return false;
  return true;
}

const isBlank = (byte: number): boolean => byte === space || byte === tab;

/** Keeps the header where its name, in lower case, is wanted; one that comes again is appended. */
export function keepWanted(
  kept: Record<string, string>,
  wanted: readonly string[],
  header: { readonly name: Uint8Array; readonly value: string },
): void {
  const name = Buffer.from(header.name).toString("latin1").toLowerCase();
  if (!wanted.includes(name)) return;
  kept[name] = Object.hasOwn(kept, name) ? `${kept[name]},${header.value}` : header.value;
}
