/** Every key, as this process knows it: by its id, and by the hashes of the texts that are taken for it. */
import type { KeyRecord } from "../core/key.ts";
import type { HeldKey } from "./key-uses.ts";

/** A text that is taken for a key. */
interface Access {
  readonly held: HeldKey;
  /** It is taken before this time. */
  readonly untilMs: number;
}

export class KeyTable {
  readonly byId = new Map<string, HeldKey>();
  readonly #byHash = new Map<string, Access>();
  readonly #onTextEnded: ((id: string) => void)[] = [];

  constructor(records: readonly KeyRecord[]) {
    for (const record of records) this.#hold({ record, usedAtMs: record.lastUsedAtMs });
  }

  byHash(hash: string): Access | undefined {
    return this.#byHash.get(hash);
  }

  /** Told of each key of which a text no longer works because somebody ended the key, or gave it another text. */
  onTextEnded(listener: (id: string) => void): void {
    this.#onTextEnded.push(listener);
  }

  /** The key is new, or as it is from now on. When it was used is known here sooner than in the store. */
  put(record: KeyRecord): void {
    const held = this.byId.get(record.id);
    if (held === undefined) {
      this.#hold({ record, usedAtMs: record.lastUsedAtMs });
      return;
    }
    const before = held.record;
    this.#forget(before);
    held.record = record;
    if ((record.lastUsedAtMs ?? 0) > (held.usedAtMs ?? 0)) held.usedAtMs = record.lastUsedAtMs;
    this.#hold(held);
    if (before.hash !== record.hash || before.previous?.hash !== record.previous?.hash) this.#tellTextEnded(record.id);
  }

  remove(record: KeyRecord): void {
    this.#forget(record);
    this.byId.delete(record.id);
    this.#tellTextEnded(record.id);
  }

  #tellTextEnded(id: string): void {
    for (const listener of this.#onTextEnded) listener(id);
  }

  #hold(held: HeldKey): void {
    const { id, hash, previous, expiresAtMs } = held.record;
    const untilMs = expiresAtMs ?? Number.POSITIVE_INFINITY;
    this.byId.set(id, held);
    this.#byHash.set(hash, { held, untilMs });
    if (previous !== null) this.#byHash.set(previous.hash, { held, untilMs: Math.min(untilMs, previous.untilMs) });
  }

  #forget({ hash, previous }: KeyRecord): void {
    this.#byHash.delete(hash);
    if (previous !== null) this.#byHash.delete(previous.hash);
  }
}
