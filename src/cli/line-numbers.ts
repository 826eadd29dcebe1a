/**
 * Which line of the input an answer is about. The server counts events from 0 and leaves blank lines out; a person
 * counts lines from 1, as the editor does. Holds one entry for each run of blank lines that is not answered yet.
 */
const newline = 0x0a;

export class LineNumbers {
  /** From this event on, so many blank lines came before. */
  #blanks: { readonly fromIndex: number; count: number }[] = [{ fromIndex: 0, count: 0 }];
  #events = 0;
  #isBlank = true;
  #isAtStart = true;

  /** True where a line ended with the last byte that was seen. */
  get isAtStart(): boolean {
    return this.#isAtStart;
  }

  see(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#isBlank &&= isBlank(chunk, start, end);
      this.#endLine();
      start = end + 1;
    }
    if (chunk.length > 0) this.#isAtStart = start === chunk.length;
    this.#isBlank &&= isBlank(chunk, start, chunk.length);
  }

  /** The line, counted from 1, of the event that the server gave this index. Indexes are asked for in their order. */
  lineOf(index: number): number {
    while ((this.#blanks[1]?.fromIndex ?? Number.POSITIVE_INFINITY) <= index) this.#blanks.shift();
    return index + (this.#blanks[0]?.count ?? 0) + 1;
  }

  #endLine(): void {
    if (!this.#isBlank) this.#events += 1;
    else {
      const last = this.#blanks.at(-1);
      if (last?.fromIndex === this.#events) last.count += 1;
      else this.#blanks.push({ fromIndex: this.#events, count: (last?.count ?? 0) + 1 });
    }
    this.#isBlank = true;
  }
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}
