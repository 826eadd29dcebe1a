/**
 * Regular expressions whose cost has a bound. The language's own engine goes back and tries again, and for some
 * patterns and texts that takes for ever; here all ways through a pattern are followed at once, a character at a time.
 * What cannot be done so (looking ahead or behind, references back) is refused.
 *
 * After Thompson's construction, as told by Russ Cox: https://swtch.com/~rsc/regexp/regexp1.html
 */
import { type Meter, parsePattern, type Step, stepsMax } from "./pattern-parser.ts";

const isWord = (point: number | undefined): boolean =>
  point !== undefined && /[A-Za-z0-9_]/.test(String.fromCodePoint(point));

export class LinearPattern {
  readonly #source: string;
  readonly #steps: readonly Step[];
  readonly #meter: Meter;

  /** Every test is paid for from the meter, which throws when it has no more. Throws `PatternError`. */
  constructor(source: string, meter: Meter) {
    this.#source = source;
    this.#meter = meter;
    this.#steps = parsePattern(source);
  }

  /** Steps that it is made of. */
  get size(): number {
    return this.#steps.length;
  }

  /** Ajv tells patterns from each other by it. */
  toString(): string {
    return `/${this.#source}/u`;
  }

  /** Whether any part of the text is one of the pattern. */
  test(text: string): boolean {
    let [current, next] = states;
    current.clear();
    next.clear();
    let before: number | undefined;
    for (let at = 0; ; ) {
      const point = text.codePointAt(at);
      if (this.#follow(0, current, { before, point })) return true;
      if (point === undefined) return false;
      const after = at + (point > 0xffff ? 2 : 1);
      const following = text.codePointAt(after);
      for (let i = 0; i < current.count; i++) {
        const index = current.list[i] as number;
        const step = this.#steps[index] as Step;
        this.#meter.spend(1);
        if (step.do !== "take" || !step.takes(point)) continue;
        if (this.#follow(index + 1, next, { before: point, point: following })) return true;
      }
      [current, next] = [next, current];
      next.clear();
      before = point;
      at = after;
    }
  }

  /** Adds what can be reached from a step without a character; true where that is the end of the pattern. */
  #follow(from: number, states: States, around: { before: number | undefined; point: number | undefined }): boolean {
    const open = [from];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (index === this.#steps.length) return true;
      if (!states.add(index)) continue;
      this.#meter.spend(1);
      const step = this.#steps[index] as Step;
      if (step.do === "fork") open.push(...step.to);
      else if (step.do === "expect" && holds(step.what, around)) open.push(index + 1);
    }
    return false;
  }
}

function holds(what: string, { before, point }: { before: number | undefined; point: number | undefined }): boolean {
  if (what === "^") return before === undefined;
  if (what === "$") return point === undefined;
  return (isWord(before) !== isWord(point)) === (what === "\\b");
}

/** A set of small numbers that is emptied at once. */
class States {
  readonly list: Uint32Array;
  readonly #place: Uint32Array;
  count = 0;

  constructor(size: number) {
    this.list = new Uint32Array(size);
    this.#place = new Uint32Array(size);
  }

  /** False where it has it already. */
  add(index: number): boolean {
    const place = this.#place[index] as number;
    if (place < this.count && this.list[place] === index) return false;
    this.#place[index] = this.count;
    this.list[this.count] = index;
    this.count += 1;
    return true;
  }

  clear(): void {
    this.count = 0;
  }
}

/** Of whichever test runs: tests do not wait, and to make some for each would cost more than most of them. */
const states: readonly [States, States] = [new States(stepsMax), new States(stepsMax)];
