/**
 * How often somebody may sign in with a text that is no key. Who has one is not kept out: others may ask from the same
 * address, and nobody finds a key, which has 24 characters at least, by asking. An address has a place in a table of
 * one size, so that guessing from everywhere takes no more memory; who shares a place by chance shares what is left.
 */
import { fullBucket, type TokenBucket, takeToken, tokenAtMs } from "../core/token-bucket.ts";

export const guessLimit = { perSecond: 0.2, burst: 10 } as const;
const places = 4096;

export class SignInGuesses {
  readonly #buckets: (TokenBucket | undefined)[] = new Array(places);
  /** Nobody outside knows who shares a place with whom. */
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Milliseconds until the address may try again; 0 where it may now. */
  waitMs(address: string, nowMs: number): number {
    const bucket = this.#buckets[this.#placeOf(address)];
    return bucket === undefined ? 0 : tokenAtMs(bucket, nowMs) - nowMs;
  }

  failed(address: string, nowMs: number): void {
    const place = this.#placeOf(address);
    const bucket = this.#buckets[place] ?? fullBucket(guessLimit, nowMs);
    this.#buckets[place] = bucket;
    takeToken(bucket, nowMs);
  }

  /** FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/index.html#FNV-1a */
  #placeOf(address: string): number {
    let hash = (0x811c9dc5 ^ this.#seed) >>> 0;
    for (const letter of network(address)) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    return (hash ^ (hash >>> 16)) % places;
  }
}

/** Whoever has one address of IPv6 has its /64. */
function network(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, "");
  return bare.includes(":") ? (bare.split("::", 1)[0] ?? "").split(":").slice(0, 4).join(":") : bare;
}
