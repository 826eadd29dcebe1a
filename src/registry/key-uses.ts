import type { KeyRecord } from "../core/key.ts";
import type { Logger } from "../core/ports.ts";
import type { ConfigurationChanges } from "../log/configuration-changes.ts";
import type { KeyUse, RegistryStore } from "../log/registry-store.ts";

/** A use is as long unknown to the store, and so lost by a crash. */
const noteEveryMs = 60_000;
const keysPerRead = 500;

export interface HeldKey {
  record: KeyRecord;
  /** Known at once here; the store follows. */
  usedAtMs: number | null;
}

/** When keys were last used: noted now and then, all in one transaction, and never on the path of a request. */
export class KeyUses {
  readonly #store: RegistryStore;
  readonly #keys: ReadonlyMap<string, HeldKey>;
  readonly #changes: Pick<ConfigurationChanges, "keys"> | undefined;
  #timer: NodeJS.Timeout | null = null;
  #noting: Promise<void> = Promise.resolve();

  /** `changes` is where to read what other processes noted; absent where there are none. */
  constructor(
    store: RegistryStore,
    keys: ReadonlyMap<string, HeldKey>,
    changes: Pick<ConfigurationChanges, "keys"> | undefined = undefined,
  ) {
    this.#store = store;
    this.#keys = keys;
    this.#changes = changes;
  }

  start(logger: Logger): void {
    const failed = (err: unknown): void => logger.warn({ err }, "When keys were last used could not be noted.");
    this.#timer = setInterval(() => {
      this.#noting = this.#note()
        .then(() => this.#hear())
        .catch(failed);
    }, noteEveryMs).unref();
  }

  /** Notes what is left, if the store takes it. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#noting;
    await this.#note().catch(() => {});
  }

  async #note(): Promise<void> {
    const uses: KeyUse[] = [];
    for (const { record, usedAtMs } of this.#keys.values()) {
      if (usedAtMs !== null && usedAtMs !== record.lastUsedAtMs) uses.push({ id: record.id, atMs: usedAtMs });
    }
    if (uses.length === 0) return;
    await this.#store.noteKeyUses(uses);
    for (const { id, atMs } of uses) {
      const held = this.#keys.get(id);
      if (held !== undefined) held.record = { ...held.record, lastUsedAtMs: atMs };
    }
  }

  async #hear(): Promise<void> {
    if (this.#changes === undefined) return;
    const ids = [...this.#keys.keys()];
    for (let first = 0; first < ids.length; first += keysPerRead) {
      for (const { id, lastUsedAtMs } of await this.#changes.keys(ids.slice(first, first + keysPerRead))) {
        const held = this.#keys.get(id);
        if (held === undefined || lastUsedAtMs === null || lastUsedAtMs <= (held.usedAtMs ?? 0)) continue;
        held.record = { ...held.record, lastUsedAtMs };
        held.usedAtMs = lastUsedAtMs;
      }
    }
  }
}
