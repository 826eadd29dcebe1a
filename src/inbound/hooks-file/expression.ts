import { RE2JS } from "re2js";

/** An expression in RE2's syntax, compiled when it is first asked and no more than once. */
export class Expression {
  readonly source: string;
  #compiled: RE2JS | Error | null = null;

  constructor(source: string) {
    this.source = source;
  }

  /** Why it is none; null where it is one. */
  problem(): string | null {
    this.#compiled ??= compiled(this.source);
    return this.#compiled instanceof Error ? this.#compiled.message : null;
  }

  /** Whether it is found anywhere in the text; never where it is none. */
  isIn(text: string): boolean {
    this.#compiled ??= compiled(this.source);
    return !(this.#compiled instanceof Error) && this.#compiled.matcher(text).find();
  }
}

function compiled(source: string): RE2JS | Error {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
