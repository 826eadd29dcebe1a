/** Prefixes of the ids that Trotline makes. */
export type IdPrefix = "evt" | "ep" | "att" | "key" | "req" | "log";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * `<prefix>_` and 26 characters: 10 for the time, 16 for 80 random bits (the layout of a ULID, in lower case),
 * so that ids made later sort later.
 */
export function makeId(prefix: IdPrefix, nowMs: number, randomBytes: Uint8Array): string {
  let time = "";
  let rest = Math.max(0, Math.floor(nowMs));
  for (let i = 0; i < 10; i++) {
    time = alphabet[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let tail = "";
  for (let i = 0; i < 16; i++) tail += alphabet[(randomBytes[i] ?? 0) & 31];
  return `${prefix}_${time}${tail}`;
}

/** The id of an attempt is its number in the journal, in 13 digits of base 32: it sorts, and it needs no index of its own. */
export function attemptId(sequence: number): string {
  let digits = "";
  let rest = sequence;
  for (let i = 0; i < 13; i++) {
    digits = alphabet[rest % 32] + digits;
    rest = Math.floor(rest / 32);
  }
  return `att_${digits}`;
}

/** The number that `attemptId` was made from, or null where the text is not such an id. */
export function attemptSequence(id: string): number | null {
  if (!/^att_[0-9a-hjkmnp-tv-z]{13}$/.test(id)) return null;
  let sequence = 0;
  for (const digit of id.slice(4)) sequence = sequence * 32 + alphabet.indexOf(digit);
  return Number.isSafeInteger(sequence) ? sequence : null;
}
