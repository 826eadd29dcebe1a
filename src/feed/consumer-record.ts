/**
 * What is kept of one consumer, and what is decided for it: a decision counts at once for the decisions that follow,
 * and is told to its client only when it is durable. Decisions that come while one is being stored are stored as one.
 */
import type { Consumer } from "../core/consumer.ts";
import type { ConsumerStore } from "../log/consumer-store.ts";

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class ConsumerRecord {
  readonly #store: ConsumerStore;
  readonly #key: { readonly tenant: string; readonly name: string };
  readonly #onRolledBack: () => void;
  #stored: Consumer | null;
  #decided: Consumer | null;
  #waiting: Waiting[] = [];
  #isWriting = false;

  /** `stored` is null for one that is about to be made. `onRolledBack` runs before those who wait are told. */
  constructor(
    store: ConsumerStore,
    key: { readonly tenant: string; readonly name: string },
    parts: { readonly stored: Consumer | null; readonly onRolledBack: () => void },
  ) {
    this.#store = store;
    this.#key = key;
    this.#stored = parts.stored;
    this.#decided = parts.stored;
    this.#onRolledBack = parts.onRolledBack;
  }

  /** Durable; null where there is none, or none yet. */
  get stored(): Consumer | null {
    return this.#stored;
  }

  /** As it will be when everything is stored; null where it was deleted. */
  get decided(): Consumer | null {
    return this.#decided;
  }

  /** True when nothing is left of it, and nothing is on the way. */
  get isGone(): boolean {
    return this.#stored === null && this.#decided === null && !this.#isWriting;
  }

  /** Counts at once, and resolves as `durable` does. Null deletes. */
  decide(consumer: Consumer | null): Promise<void> {
    this.#decided = consumer;
    return this.durable();
  }

  /** Resolves when everything decided so far is stored; rejects as the store does, and then none of it counts. */
  durable(): Promise<void> {
    if (!this.#isWriting && this.#decided === this.#stored) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const covered = this.#waiting;
      const consumer = this.#decided;
      this.#waiting = [];
      try {
        if (consumer !== this.#stored) await this.#put(consumer);
      } catch (error) {
        this.#isWriting = false;
        this.#decided = this.#stored;
        this.#onRolledBack();
        for (const waiting of [...covered, ...this.#waiting.splice(0)]) waiting.reject(error);
        return;
      }
      this.#stored = consumer;
      for (const waiting of covered) waiting.resolve();
    }
    this.#isWriting = false;
  }

  #put(consumer: Consumer | null): Promise<void> {
    if (consumer === null) return this.#store.remove(this.#key.tenant, this.#key.name);
    return this.#store.put(consumer);
  }
}
