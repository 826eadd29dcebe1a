/** It cannot be served: a sentence, or nothing where it has been logged. */
export class HooksStartError extends Error {
  override readonly name = "HooksStartError";
  /** On the standard output, as there. */
  readonly isOnOutput: boolean;

  constructor(sentence: string, isOnOutput = false) {
    super(sentence);
    this.isOnOutput = isOnOutput;
  }
}
