/** Reads a regular expression of ECMAScript (with its flag `u`) into steps that `linear-pattern.ts` follows. */

/** What work may still be spent, in steps of about ten nanoseconds. */
export interface Meter {
  /** Throws where there is no more. */
  spend(steps: number): void;
}

/** A step goes on to the one behind it, but for a fork. */
export type Step =
  | { readonly do: "take"; takes(point: number): boolean }
  | { readonly do: "fork"; readonly to: readonly number[] }
  | { readonly do: "expect"; readonly what: "^" | "$" | "\\b" | "\\B" };

/** The pattern is none, or none whose cost has a bound. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Steps of one pattern: each repetition that is counted is written out. */
export const stepsMax = 10_000;
/** Groups within each other. */
const depthMax = 100;

export function parsePattern(source: string): readonly Step[] {
  let parsed: RegExp;
  try {
    parsed = new RegExp(source, "u");
  } catch {
    throw new PatternError("is not a regular expression");
  }
  return new Parser(parsed.source).parse();
}

class Parser {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): readonly Step[] {
    return this.#alternatives();
  }

  #alternatives(): readonly Step[] {
    this.#depth += 1;
    if (this.#depth > depthMax) throw new PatternError(`has more than ${depthMax} groups within each other`);
    const alternatives: (readonly Step[])[] = [];
    let count = 0;
    do {
      const sequence = this.#sequence();
      count += sequence.length + forksOfAlternative;
      bounded(count);
      alternatives.push(sequence);
    } while (this.#takes("|"));
    this.#depth -= 1;
    return anyOf(alternatives);
  }

  #sequence(): readonly Step[] {
    const parts: (readonly Step[])[] = [];
    let count = 0;
    while (this.#at < this.#source.length && !this.#isAt("|") && !this.#isAt(")")) {
      const part = this.#repeated(this.#atom());
      count += part.length;
      bounded(count);
      parts.push(part);
    }
    return joined(parts);
  }

  #atom(): readonly Step[] {
    if (this.#takes("(")) {
      if (this.#takes("?")) this.#groupKind();
      const steps = this.#alternatives();
      this.#at += 1;
      return steps;
    }
    for (const what of ["^", "$", "\\b", "\\B"] as const) if (this.#takes(what)) return [{ do: "expect", what }];
    return [takeStep(this.#character())];
  }

  #groupKind(): void {
    const [kind] = /^(?::|<\w+>)/u.exec(this.#source.slice(this.#at)) ?? [];
    if (kind === undefined) throw new PatternError("looks ahead or behind, or has flags: no bound can be given");
    this.#at += kind.length;
  }

  /** The text of what takes one character. */
  #character(): string {
    const rest = this.#source.slice(this.#at);
    const [text = ""] =
      /^(?:\[(?:\\[\s\S]|[^\]\\])*\]|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u\{\w+\}|\\u\w{4}|\\x\w\w|\\c\w|\\[pP]\{[^}]*\}|\\[\s\S]|[\s\S])/u.exec(
        rest,
      ) ?? [];
    if (/^\\[1-9k]/.test(text)) throw new PatternError("refers back to a group: no bound can be given");
    this.#at += text.length;
    return text;
  }

  #repeated(steps: readonly Step[]): readonly Step[] {
    const [text, sign, least, comma, most] =
      /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(this.#source.slice(this.#at)) ?? [];
    if (text === undefined) return steps;
    this.#at += text.length;
    if (sign === "*") return repeated(steps, 0, null);
    if (sign === "+") return repeated(steps, 1, null);
    if (sign === "?") return repeated(steps, 0, 1);
    return repeated(steps, Number(least), comma === "" ? Number(least) : most === "" ? null : Number(most));
  }

  #isAt(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  #takes(text: string): boolean {
    if (!this.#isAt(text)) return false;
    this.#at += text.length;
    return true;
  }
}

/** Steps are numbered from where their sequence begins; joined, they move. */
function joined(parts: readonly (readonly Step[])[]): readonly Step[] {
  const steps: Step[] = [];
  for (const part of parts) {
    const offset = steps.length;
    bounded(offset + part.length);
    for (const step of part) steps.push(shifted(step, offset));
  }
  return steps;
}

const shifted = (step: Step, offset: number): Step =>
  step.do === "fork" ? { do: "fork", to: step.to.map((index) => index + offset) } : step;

const fork = (...to: number[]): Step => ({ do: "fork", to });

/** Every alternative but the last has one before it, and one behind it that leaves the others out. */
const forksOfAlternative = 2;

function anyOf(alternatives: readonly (readonly Step[])[]): readonly Step[] {
  const end = alternatives.reduce((sum, { length }) => sum + length + forksOfAlternative, -forksOfAlternative);
  const steps: Step[] = [];
  for (const [index, alternative] of alternatives.entries()) {
    const isLast = index === alternatives.length - 1;
    const offset = steps.length;
    if (!isLast) steps.push(fork(offset + 1, offset + alternative.length + forksOfAlternative));
    const begins = steps.length;
    for (const step of alternative) steps.push(shifted(step, begins));
    if (!isLast) steps.push(fork(end));
  }
  return steps;
}

function repeated(steps: readonly Step[], least: number, most: number | null): readonly Step[] {
  const { length } = steps;
  // What takes nothing, too: that it is there so many times is written out like everything else.
  bounded(Math.max(1, length) * Math.max(least, most ?? 0));
  const parts: (readonly Step[])[] = Array.from({ length: least }, () => steps);
  if (most === null) {
    // Back to the fork, which is before the steps.
    parts.push([fork(1, length + 2), ...steps.map((step) => shifted(step, 1)), fork(0)]);
  } else {
    const left = most - least;
    for (let i = 0; i < left; i++) {
      parts.push([fork(1, (left - i) * (length + 1)), ...steps.map((step) => shifted(step, 1))]);
    }
  }
  return joined(parts);
}

function bounded(count: number): void {
  if (count > stepsMax) throw new PatternError(`has more than ${stepsMax} steps with its repetitions written out`);
}

/** One character is asked of the language's own engine, which has nothing to go back to. */
function takeStep(text: string): Step {
  if (text.length === 1 && text !== ".") {
    const wanted = text.codePointAt(0);
    return { do: "take", takes: (point) => point === wanted };
  }
  const expression = new RegExp(`^(?:${text})$`, "u");
  const known = new Int8Array(128);
  return {
    do: "take",
    takes: (point) => {
      if (point >= 128) return expression.test(String.fromCodePoint(point));
      if (known[point] === 0) known[point] = expression.test(String.fromCodePoint(point)) ? 1 : -1;
      return known[point] === 1;
    },
  };
}
