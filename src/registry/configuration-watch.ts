/**
 * Follows what other processes configure: looks when the store's pulse says that there is something, and now and then
 * without it. Whoever holds a part of it in memory is given the keys of what changed, and reads that.
 */
import type { Clock, Logger } from "../core/ports.ts";
import type { ClusterPulse } from "../log/cluster-pulse.ts";
import {
  type BuiltOn,
  type ConfigurationChanges,
  type ConfigurationKind,
  configurationKinds,
} from "../log/configuration-changes.ts";

/** Null: everything, because some changes are not known any more. */
export type ChangedKeys = ReadonlySet<string> | null;
/** Answers when what changed is applied. It is told again of what it could not apply. */
export type Follower = (keys: ChangedKeys) => Promise<void>;

export interface ConfigurationWatchOptions {
  readonly changes: ConfigurationChanges;
  readonly pulse?: ClusterPulse | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between looks that nothing asked for, and after one that failed. */
const lookEveryMs = 5000;
const againMs = 500;
/** Beyond this it is said that nothing is heard any more. */
const awayMs = 10_000;

export class ConfigurationWatch {
  readonly #options: ConfigurationWatchOptions;
  readonly #followers = new Map<ConfigurationKind, Follower>();
  /** What was heard of and is not applied, or has no follower yet. */
  readonly #pending = new Map<ConfigurationKind, Set<string> | null>();
  #heard: number;
  #applied: number;
  #looking: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failing: { readonly sinceMs: number; isTold: boolean } | null = null;
  #hasBegun = false;
  #isClosed = false;

  private constructor(options: ConfigurationWatchOptions, head: number) {
    this.#options = options;
    this.#heard = head;
    this.#applied = head;
  }

  /** To be made before anything is loaded: what changes meanwhile is told then, at worst once too often. */
  static async open(options: ConfigurationWatchOptions): Promise<ConfigurationWatch> {
    return new ConfigurationWatch(options, await options.changes.head());
  }

  get changes(): ConfigurationChanges {
    return this.#options.changes;
  }

  /** One for each kind; told of what changed since the watch was made. */
  on(kind: ConfigurationKind, follower: Follower): void {
    this.#followers.set(kind, follower);
  }

  /** From now on by itself; all who follow are there. */
  start(): void {
    this.#hasBegun = true;
    this.#options.pulse?.listen("configuration", () => this.#soon());
    this.#soon();
  }

  /** What this process has applied of what others changed, as the basis of a change of its own. */
  builtOn(kinds: readonly ConfigurationKind[]): BuiltOn {
    return { through: this.#applied, kinds };
  }

  /** Ends when everything is applied that was committed before the call. Rejects where that cannot be found out. */
  refresh(): Promise<void> {
    if (this.#looking === null) return this.#begin();
    // The one that is under way may have asked already.
    this.#next ??= this.#looking
      .catch(() => {})
      .then(() => {
        this.#next = null;
        return this.#begin();
      });
    return this.#next;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#next?.catch(() => {});
    await this.#looking?.catch(() => {});
  }

  #begin(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  #soon(): void {
    if (this.#isClosed) return;
    this.refresh().then(
      () => {
        this.#recovered();
        this.#lookIn(lookEveryMs);
      },
      (error: unknown) => {
        this.#failed(error);
        this.#lookIn(againMs);
      },
    );
  }

  #lookIn(delayMs: number): void {
    if (this.#isClosed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#soon(), delayMs).unref();
  }

  async #look(): Promise<void> {
    const news = await this.#options.changes.since(this.#heard);
    this.#heard = news.head;
    if (!news.isComplete) for (const kind of configurationKinds) this.#pending.set(kind, null);
    for (const { kind, key } of news.changes) {
      const keys = this.#pending.get(kind);
      if (keys === undefined) this.#pending.set(kind, new Set([key]));
      else keys?.add(key);
    }
    // In the order of `configurationKinds`, and all of them, whichever fails.
    const results = await Promise.allSettled(configurationKinds.map((kind) => this.#apply(kind)));
    const failed = results.find(({ status }) => status === "rejected");
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    this.#applied = news.head;
  }

  async #apply(kind: ConfigurationKind): Promise<void> {
    const keys = this.#pending.get(kind);
    const follower = this.#followers.get(kind);
    if (keys === undefined || (follower === undefined && !this.#hasBegun)) return;
    this.#pending.delete(kind);
    try {
      await follower?.(keys);
    } catch (error) {
      const since = this.#pending.get(kind);
      this.#pending.set(kind, keys === null || since === null ? null : new Set([...keys, ...(since ?? [])]));
      throw error;
    }
  }

  #failed(error: unknown): void {
    const { clock, logger } = this.#options;
    this.#failing ??= { sinceMs: clock.steadyMs(), isTold: false };
    if (this.#failing.isTold || this.#isClosed || clock.steadyMs() - this.#failing.sinceMs < awayMs) return;
    this.#failing.isTold = true;
    logger.warn({ err: error }, "What other processes configure cannot be read; trying again.");
  }

  #recovered(): void {
    if (this.#failing?.isTold) this.#options.logger.info({}, "What other processes configure is read again.");
    this.#failing = null;
  }
}
