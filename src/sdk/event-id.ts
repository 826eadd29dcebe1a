const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const timeDigits = 10;
const randomDigits = 16;

/** `evt_` and a ULID in lower case: 10 digits for the time, 16 for 80 random bits. Later ids sort later. */
export function makeEventId(nowMs: number, random: Uint8Array): string {
  let time = "";
  let rest = Math.floor(nowMs);
  for (let i = 0; i < timeDigits; i++) {
    time = alphabet[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let tail = "";
  for (let i = 0; i < randomDigits; i++) tail += alphabet[(random[i] ?? 0) & 31];
  return `evt_${time}${tail}`;
}

export const freshEventId = (): string => makeEventId(Date.now(), crypto.getRandomValues(new Uint8Array(randomDigits)));
