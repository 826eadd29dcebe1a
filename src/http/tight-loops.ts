import { hash } from "node:crypto";
import type { Clock } from "../core/ports.ts";

const windowMs = 1000;
/** Empty answers to the same question within the window that are given at once. */
const atOnceMax = 5;
/** Questions that are remembered, the oldest first forgotten. */
const rememberedMax = 10_000;

/** Finds clients that ask the same again and again without waiting: they are made to wait as others ask to. */
export class TightLoops {
  readonly #clock: Pick<Clock, "steadyMs">;
  readonly #asked = new Map<string, { sinceMs: number; count: number }>();

  constructor(clock: Pick<Clock, "steadyMs">) {
    this.#clock = clock;
  }

  /** For a question whose answer is empty: how long the answer is to be held. `question` may be long. */
  holdMs(keyId: string, question: string): number {
    const key = hash("sha256", `${keyId} ${question}`, "base64");
    const nowMs = this.#clock.steadyMs();
    const asked = this.#asked.get(key);
    if (asked === undefined || nowMs - asked.sinceMs >= windowMs) {
      this.#remember(key, nowMs);
      return 0;
    }
    asked.count += 1;
    return asked.count > atOnceMax ? windowMs : 0;
  }

  #remember(key: string, nowMs: number): void {
    this.#asked.delete(key);
    this.#asked.set(key, { sinceMs: nowMs, count: 1 });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > rememberedMax && oldest !== undefined) this.#asked.delete(oldest);
  }
}
