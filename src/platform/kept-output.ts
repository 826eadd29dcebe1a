/** What a program wrote, within bounds: how it began and how it ended, and how much lies between. */

/** Of the bytes that are kept, the part that is kept of the beginning. */
const headShare = 0.25;

export class KeptOutput {
  /** Bytes that were ever written. */
  written = 0;
  readonly #headMax: number;
  readonly #tailMax: number;
  #head: Uint8Array = new Uint8Array(0);
  /** A ring; made when the head is full. */
  #tail: Uint8Array | null = null;

  constructor(bytesMax: number) {
    this.#headMax = Math.floor(bytesMax * headShare);
    this.#tailMax = bytesMax - this.#headMax;
  }

  add(bytes: Uint8Array): void {
    const headRoom = Math.max(0, this.#headMax - this.written);
    if (headRoom > 0) this.#addToHead(bytes.subarray(0, headRoom));
    this.#addToTail(bytes.subarray(headRoom), Math.max(0, this.written - this.#headMax));
    this.written += bytes.length;
  }

  get isTruncated(): boolean {
    return this.written > this.#headMax + this.#tailMax;
  }

  /** A copy, with a line that says how much was left out, where something was. */
  bytes(): Uint8Array {
    const head = this.#head.subarray(0, Math.min(this.written, this.#headMax));
    const inTail = Math.max(0, this.written - this.#headMax);
    if (this.#tail === null) return Buffer.from(head);
    if (!this.isTruncated) return Buffer.concat([head, this.#tail.subarray(0, inTail)]);
    const note = `\n[… ${inTail - this.#tailMax} bytes are left out …]\n`;
    const start = inTail % this.#tailMax;
    return Buffer.concat([head, Buffer.from(note), this.#tail.subarray(start), this.#tail.subarray(0, start)]);
  }

  #addToHead(bytes: Uint8Array): void {
    const end = this.written + bytes.length;
    if (end > this.#head.length) {
      const larger = new Uint8Array(Math.min(this.#headMax, Math.max(end, this.#head.length * 2)));
      larger.set(this.#head);
      this.#head = larger;
    }
    this.#head.set(bytes, this.written);
  }

  /** `at`: bytes that were ever written behind the head. */
  #addToTail(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0 || this.#tailMax === 0) return;
    this.#tail ??= new Uint8Array(this.#tailMax);
    const skipped = Math.max(0, bytes.length - this.#tailMax);
    const last = bytes.subarray(skipped);
    const start = (at + skipped) % this.#tailMax;
    const first = last.subarray(0, this.#tailMax - start);
    this.#tail.set(first, start);
    this.#tail.set(last.subarray(first.length), 0);
  }
}
