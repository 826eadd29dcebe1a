import { makeId } from "../core/ids.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { KeyRecord, RegistryStore } from "../log/registry-store.ts";
import { sha256Hex } from "../platform/hmac.ts";

const keyPrefix = "trot_";
const keyBytes = 24;

/** Who may do what: known by the hashes of keys, never by the keys. */
export class Keys {
  readonly #byHash = new Map<string, KeyRecord>();
  readonly #store: RegistryStore;

  constructor(store: RegistryStore, records: readonly KeyRecord[]) {
    this.#store = store;
    for (const record of records) this.#byHash.set(record.hash, record);
  }

  get count(): number {
    return this.#byHash.size;
  }

  /** Looks the hash up: how long that takes says nothing about how much of a guess is right. */
  authenticate(key: string): KeyRecord | null {
    return this.#byHash.get(sha256Hex(key)) ?? null;
  }

  /** Makes an admin key. The text is returned once and kept nowhere. */
  async createAdminKey(machine: { clock: Clock; random: Random }): Promise<string> {
    const key = keyPrefix + base64url(machine.random.bytes(keyBytes));
    await this.addAdminKey(key, "first key", machine);
    return key;
  }

  /** Lets a key that the operator chose in as admin; nothing changes where it is known. */
  async addAdminKey(key: string, name: string, machine: { clock: Clock; random: Random }): Promise<void> {
    const hash = sha256Hex(key);
    if (this.#byHash.has(hash)) return;
    const createdAtMs = machine.clock.wallMs();
    const id = makeId("key", createdAtMs, machine.random.bytes(16));
    const record: KeyRecord = { id, name, hash, scopes: ["admin"], createdAtMs };
    await this.#store.putKey(record);
    this.#byHash.set(hash, record);
  }
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
