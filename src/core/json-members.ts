/**
 * Finds the bytes of JSON values without building them, so that `data` can be stored and sent as it came: 20-digit
 * integers, the order of keys, keys that stand twice, escapes. It accepts exactly what RFC 8259 does.
 */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Thrown with the offset of the byte at which reading stopped. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  readonly offset: number;
  readonly reason: "syntax" | "depth";
  constructor(offset: number, reason: "syntax" | "depth" = "syntax") {
    super(reason === "syntax" ? `not JSON at byte ${offset}` : `nested too deep at byte ${offset}`);
    this.offset = offset;
    this.reason = reason;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;

const bytesOf = (word: string): Uint8Array => Uint8Array.from(word, (letter) => letter.charCodeAt(0));
const literals = { true: bytesOf("true"), false: bytesOf("false"), null: bytesOf("null") };

/** Where the first value's first byte is, after white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let i = at;
  for (;;) {
    const byte = bytes[i];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return i;
    i += 1;
  }
}

/**
 * The members of the object that begins at `start`, in order, each as the ranges of its key (with quotes) and value.
 */
export function objectMembers(
  bytes: Uint8Array,
  start: number,
  depthMax: number,
): { members: { key: ByteRange; value: ByteRange }[]; end: number } {
  const members: { key: ByteRange; value: ByteRange }[] = [];
  const end = visitMembers(bytes, start, (keyStart, keyEnd, valueStart) => {
    const valueEnd = skipValue(bytes, valueStart, depthMax);
    members.push({ key: { start: keyStart, end: keyEnd }, value: { start: valueStart, end: valueEnd } });
    return valueEnd;
  });
  return { members, end };
}

/**
 * Visits the members of the object that begins at `start`: the visitor is given where a key begins and ends and where
 * its value begins, and answers where that ends. Nothing is kept of them.
 */
export function visitMembers(
  bytes: Uint8Array,
  start: number,
  visit: (keyStart: number, keyEnd: number, valueStart: number) => number,
): number {
  expectByte(bytes, start, openBrace);
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === closeBrace) return at + 1;
  for (;;) {
    const keyEnd = skipString(bytes, at);
    const colonAt = skipSpace(bytes, keyEnd);
    expectByte(bytes, colonAt, colon);
    at = skipSpace(bytes, visit(at, keyEnd, skipSpace(bytes, colonAt + 1)));
    if (bytes[at] === closeBrace) return at + 1;
    expectByte(bytes, at, comma);
    at = skipSpace(bytes, at + 1);
  }
}

/**
 * Visits the items of the array that begins at `start`: the visitor is given where an item begins, and answers where it
 * ends.
 */
export function visitItems(bytes: Uint8Array, start: number, visit: (itemStart: number) => number): number {
  expectByte(bytes, start, openBracket);
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === closeBracket) return at + 1;
  for (;;) {
    at = skipSpace(bytes, visit(at));
    if (bytes[at] === closeBracket) return at + 1;
    expectByte(bytes, at, comma);
    at = skipSpace(bytes, at + 1);
  }
}

/**
 * The offset after the value that begins at `start`. Without recursion, so that a hostile body cannot use up the stack:
 * `closers` holds the bracket that each open level waits for.
 */
export function skipValue(bytes: Uint8Array, start: number, depthMax: number): number {
  const first = bytes[start];
  if (first !== openBrace && first !== openBracket) return skipScalar(bytes, start, first);
  const closers: number[] = [];
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (byte === openBrace || byte === openBracket) {
      if (closers.length >= depthMax) throw new JsonSyntaxError(at, "depth");
      const closer = byte === openBrace ? closeBrace : closeBracket;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== closer) {
        closers.push(closer);
        if (closer === closeBrace) at = skipKey(bytes, at);
        continue;
      }
      at += 1;
    } else {
      at = skipScalar(bytes, at, byte);
    }
    for (;;) {
      // Asked first: an index of -1 is looked up as a name, which takes as long as a hundred bytes do.
      if (closers.length === 0) return at;
      const closer = closers[closers.length - 1] as number;
      at = skipSpace(bytes, at);
      if (bytes[at] === closer) {
        closers.pop();
        at += 1;
        continue;
      }
      expectByte(bytes, at, comma);
      at = skipSpace(bytes, at + 1);
      if (closer === closeBrace) at = skipKey(bytes, at);
      break;
    }
  }
}

function skipKey(bytes: Uint8Array, start: number): number {
  const at = skipSpace(bytes, skipString(bytes, start));
  expectByte(bytes, at, colon);
  return skipSpace(bytes, at + 1);
}

function skipScalar(bytes: Uint8Array, at: number, byte: number | undefined): number {
  if (byte === quote) return skipString(bytes, at);
  if (byte !== undefined && (byte === minus || (byte >= zero && byte <= nine))) return skipNumber(bytes, at);
  const literal = literalFrom(byte);
  if (literal === null) throw new JsonSyntaxError(at);
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) throw new JsonSyntaxError(at + i);
  return at + literal.length;
}

function literalFrom(byte: number | undefined): Uint8Array | null {
  if (byte === literals.true[0]) return literals.true;
  if (byte === literals.false[0]) return literals.false;
  return byte === literals.null[0] ? literals.null : null;
}

/** 1 for each byte that a string may hold as it is: neither a quote, nor a backslash, nor a control character. */
const plainBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== quote && byte !== backslash ? 1 : 0,
);

function skipString(bytes: Uint8Array, start: number): number {
  expectByte(bytes, start, quote);
  let at = start + 1;
  for (;;) {
    // Most of a body is inside its strings: a look at the table for each byte, four at a time where there are four.
    while (at + 4 <= bytes.length && arePlain(bytes, at)) at += 4;
    while (plainBytes[bytes[at] as number] === 1) at += 1;
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    if (byte !== backslash) throw new JsonSyntaxError(at);
    at += escapeLength(bytes, at);
  }
}

function arePlain(bytes: Uint8Array, at: number): boolean {
  const first = plainBytes[bytes[at]!]! & plainBytes[bytes[at + 1]!]!;
  return (first & plainBytes[bytes[at + 2]!]! & plainBytes[bytes[at + 3]!]!) === 1;
}

function escapeLength(bytes: Uint8Array, at: number): number {
  switch (bytes[at + 1]) {
    case quote:
    case backslash:
    case 0x2f: // slash
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return 2;
    case 0x75: // u
      for (let i = 2; i < 6; i++) if (!isHexDigit(bytes[at + i])) throw new JsonSyntaxError(at + i);
      return 6;
    default:
      throw new JsonSyntaxError(at + 1);
  }
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= zero && byte <= nine) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

function skipNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === minus ? start + 1 : start;
  at = bytes[at] === zero ? at + 1 : skipDigits(bytes, at);
  if (bytes[at] === 0x2e) at = skipDigits(bytes, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const sign = bytes[at + 1];
    at = skipDigits(bytes, sign === 0x2b || sign === minus ? at + 2 : at + 1);
  }
  return at;
}

function skipDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined || byte < zero || byte > nine) break;
    at += 1;
  }
  if (at === start) throw new JsonSyntaxError(at);
  return at;
}

function expectByte(bytes: Uint8Array, at: number, byte: number): void {
  if (bytes[at] !== byte) throw new JsonSyntaxError(at);
}
