/**
 * By what deliveries of one endpoint are ordered: those with the same key go one after the other. A key is a number, so
 * that rows and what a lane remembers are small; where two subjects have the same, which is one in 2^52, they wait for
 * each other.
 */
import type { Ordering } from "./endpoint-order.ts";

/** It waits for none, and none for it. */
export const noKey = 0;
/** Of all deliveries of a strict lane. */
export const strictKey = 1;
/** Of rows that were written while nobody asked. */
export const unknownKey = -1;
const firstOfSubjects = 2;

/**
 * Of a delivery that was given up, and is sent again though those behind it went on: it has lost its place, so that
 * nothing waits for it; but two of a key are never on their way at once.
 */
export const looseKey = (key: number): number => -1 - key;
export const isLoose = (key: number): boolean => key < unknownKey;
/** The key of the line that it belongs to. */
export const lineKey = (key: number): number => (isLoose(key) ? -1 - key : key);

export function orderKey(ordering: Ordering, subject: string | null): number {
  if (ordering === "strict") return strictKey;
  return ordering === "none" || subject === null ? noKey : keyOfSubject(subject);
}

/**
 * Two runs of 32 bits over the text, with other primes, of which 52 bits are kept. It is stored: it may not change.
 * The constants are those of FNV and of MurmurHash3's mixing:
 * http://www.isthe.com/chongo/tech/comp/fnv/, https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */
export function keyOfSubject(subject: string): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let index = 0; index < subject.length; index++) {
    const code = subject.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return firstOfSubjects + (mixed(high) >>> 12) * 2 ** 32 + (mixed(low) >>> 0);
}

function mixed(bits: number): number {
  let result = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  result = Math.imul(result ^ (result >>> 13), 0xc2b2ae35);
  return result ^ (result >>> 16);
}
