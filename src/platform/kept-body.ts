import { limits } from "../core/limits.ts";

const noBytes = new Uint8Array(0);

/** What is kept of an answer's body: copies, since the bytes come in a buffer that is used again. */
export class KeptBody {
  #bytes: Uint8Array = noBytes;
  #used = 0;

  /** In a buffer of their own size. */
  get bytes(): Uint8Array {
    return this.#used === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#used);
  }

  clear(): void {
    this.#bytes = noBytes;
    this.#used = 0;
  }

  /** False where that is more than is kept of a body; `announced` is its length, where the headers say so. */
  add(bytes: Uint8Array, start: number, end: number, announced: number | null): boolean {
    const room = limits.responseBodyBytes - this.#used;
    const kept = Math.min(end - start, room);
    if (this.#used + kept > this.#bytes.length) this.#grow(announced ?? Math.max(this.#used + kept, 2 * this.#used));
    const from = this.#used;
    // A short body, as nearly all are, is copied faster one by one than through a view of it.
    if (kept < 32) for (let index = 0; index < kept; index++) this.#bytes[from + index] = bytes[start + index]!;
    else this.#bytes.set(bytes.subarray(start, start + kept), from);
    this.#used += kept;
    return end - start <= room;
  }

  #grow(size: number): void {
    const larger = new Uint8Array(Math.min(size, limits.responseBodyBytes));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
