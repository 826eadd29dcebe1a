/** Changes of what is configured, one after the other: each builds on the one before, and on what others did. */
import { setTimeout as delay } from "node:timers/promises";
import { TrotlineError } from "../core/errors.ts";
import { type BuiltOn, type ConfigurationKind, StaleChangeError } from "../log/configuration-changes.ts";
import type { ConfigurationWatch } from "./configuration-watch.ts";

/** Beyond this many, a change that others always came before is given up. */
const triesMax = 100;
/** Of which chance decides, so that those who contend come apart. */
const pauseMsMax = 20;

/** What a change is built on, with all there is of these kinds; undefined where one process owns the store. */
export type Known = (...kinds: ConfigurationKind[]) => BuiltOn | undefined;

export class ChangeTurns {
  readonly #watch: Pick<ConfigurationWatch, "builtOn" | "refresh"> | undefined;
  /** Ends when the last that was asked for has ended. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(watch: Pick<ConfigurationWatch, "builtOn" | "refresh"> | undefined) {
    this.#watch = watch;
  }

  /**
   * A change of this process. Done again, on what is then, where others changed what it was built on; rejects with
   * `change-contended` where they always do.
   */
  change<Result>(work: (known: Known) => Promise<Result>): Promise<Result> {
    return this.again((known) => this.inTurn(() => work(known)));
  }

  /** As `change`, without a turn of its own. */
  async again<Result>(work: (known: Known) => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      try {
        return await work((...kinds) => this.#watch?.builtOn(kinds));
      } catch (error) {
        if (!(error instanceof StaleChangeError)) throw error;
        if (tries === triesMax) throw new TrotlineError("change-contended", error.message, { retryAfterSeconds: 1 });
      }
      // Not in turn: what others changed is applied in one.
      if (tries > 1) await delay(Math.random() * Math.min(tries, pauseMsMax));
      await this.#watch?.refresh();
    }
  }

  /** Nothing else is changed meanwhile. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
