import type { AttemptTrigger, ErrorClass } from "../core/attempt.ts";
import type { ParkedState } from "../core/delivery.ts";

/**
 * Numbers that stand for words in the tables and in messages between threads. They are part of the file's format:
 * words are added at the end, and never moved or taken out.
 */
class Codes<Word extends string> {
  readonly #words: readonly Word[];

  constructor(words: readonly Word[]) {
    this.#words = words;
  }

  /** The number of a word, from 1. */
  code(word: Word): number {
    const index = this.#words.indexOf(word);
    if (index === -1) throw new Error(`\`${word}\` has no code`);
    return index + 1;
  }

  word(code: number): Word {
    const word = this.#words[code - 1];
    if (word === undefined) throw new Error(`${code} is no code`);
    return word;
  }
}

export const triggerCodes = new Codes<AttemptTrigger>(["first", "retry", "probe", "manual", "replay"]);

export const errorClassCodes = new Codes<ErrorClass>([
  "http_status",
  "timeout",
  "connection_refused",
  "connection_reset",
  "connection_failed",
  "dns",
  "tls",
  "address_refused",
  "bad_response",
  "interrupted",
  "authorization",
  "proxy",
  "transform",
  "payload",
  "exit_status",
  "signal",
  "spawn",
  "command",
  "handler",
]);

export const parkedStateCodes = new Codes<ParkedState>([
  "sending",
  "retrying",
  "exhausted",
  "held",
  "blocked",
  "cancelled",
]);
