/**
 * What came of a body so far, in one piece: of a body that comes byte by byte every part would take a hundred times its
 * length, which nobody counts.
 */
export class GrowingBytes {
  #bytes: Buffer = Buffer.alloc(0);
  length = 0;

  /** The parts of a usual body are one, which is kept as it is. */
  add(part: Buffer): void {
    const length = this.length + part.length;
    if (this.length === 0) this.#bytes = part;
    else {
      if (length > this.#bytes.length) this.#grow(length);
      part.copy(this.#bytes, this.length);
    }
    this.length = length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(length + (length >> 1));
    this.#bytes.copy(grown, 0, 0, this.length);
    this.#bytes = grown;
  }
}
