/** Prefixes of the ids that Trotline makes. */
export type IdPrefix = "evt" | "ep" | "att" | "key" | "req" | "log" | "rpl" | "lease" | "src" | "rcp" | "prc" | "bin";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * `<prefix>_` and 26 characters: 10 for the time, 16 for 80 random bits (the layout of a ULID, in lower case),
 * so that ids made later sort later.
 */
export function makeId(prefix: IdPrefix, nowMs: number, randomBytes: Uint8Array): string {
  let tail = "";
  for (let i = 0; i < 16; i += 2)
    tail += twoDigits[((randomBytes[i] ?? 0) & 31) * 32 + ((randomBytes[i + 1] ?? 0) & 31)];
  return `${prefix}_${timeDigits(nowMs)}${tail}`;
}

/** Every two digits, so that an id is made of eight pieces and not of sixteen. */
const twoDigits = Array.from({ length: 1024 }, (_, pair) => `${alphabet[pair >> 5]}${alphabet[pair & 31]}`);

/** A memo of a pure function: a batch of events has its ids made within the same millisecond. */
let latest = { ms: -1, digits: "" };

function timeDigits(nowMs: number): string {
  const ms = Math.max(0, Math.floor(nowMs));
  if (latest.ms !== ms) latest = { ms, digits: base32(ms, 10) };
  return latest.digits;
}

/** `<prefix>_` and 26 characters of a digest: 130 bits, the same for the same digest. */
export function digestId(prefix: IdPrefix, digest: Uint8Array): string {
  let digits = "";
  let bits = 0;
  let bitCount = 0;
  for (let index = 0; digits.length < 26; index++) {
    bits = ((bits & 31) << 8) | (digest[index] ?? 0);
    for (bitCount += 8; bitCount >= 5 && digits.length < 26; bitCount -= 5) {
      digits += alphabet[(bits >> (bitCount - 5)) & 31];
    }
  }
  return `${prefix}_${digits}`;
}

function base32(number: number, length: number): string {
  let digits = "";
  let rest = number;
  for (let i = 0; i < length; i++) {
    digits = alphabet[rest % 32] + digits;
    rest = Math.floor(rest / 32);
  }
  return digits;
}

/**
 * The id of an attempt is its number in the journal, in 13 digits of base 32: it sorts, and it needs no index of its
 * own.
 */
export const attemptId = (sequence: number): string => `att_${base32(sequence, 13)}`;

/** The number that `attemptId` was made from, or null where the text is not such an id. */
export function attemptSequence(id: string): number | null {
  if (!/^att_[0-9a-hjkmnp-tv-z]{13}$/.test(id)) return null;
  let sequence = 0;
  for (const digit of id.slice(4)) sequence = sequence * 32 + alphabet.indexOf(digit);
  return Number.isSafeInteger(sequence) ? sequence : null;
}
