import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import { hasExpired, isAdmin, isWithin, type KeyRecord, type KeyRequest, keyRefusal } from "../core/key.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import type { RegistryStore } from "../log/registry-store.ts";
import { sha256Hex } from "../platform/hmac.ts";
import { KeyTime } from "./key-time.ts";
import { type HeldKey, KeyUses } from "./key-uses.ts";

const keyPrefix = "trot_";
const keyBytes = 24;

/** A text that is taken for a key. */
interface Access {
  readonly held: HeldKey;
  /** It is taken before this time. */
  readonly untilMs: number;
}

export interface KeysOptions {
  readonly store: RegistryStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** A key with its text, which is told once and kept nowhere. */
export interface NewKey {
  readonly record: KeyRecord;
  readonly text: string;
}

/** Who may do what: known by the hashes of keys, never by the keys. A change is durable before it counts. */
export class Keys {
  readonly #options: KeysOptions;
  readonly #time: KeyTime;
  readonly #uses: KeyUses;
  readonly #byHash = new Map<string, Access>();
  readonly #byId = new Map<string, HeldKey>();
  readonly #onTextEnded: ((id: string) => void)[] = [];
  /** Ends when the last change that was asked for has ended: each change builds on the one before. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(options: KeysOptions, records: readonly KeyRecord[]) {
    this.#options = options;
    this.#time = new KeyTime(options.clock, records);
    this.#uses = new KeyUses(options.store, this.#byId);
    for (const record of records) this.#hold({ record, usedAtMs: record.lastUsedAtMs });
  }

  get count(): number {
    return this.#byId.size;
  }

  /**
   * The key, or null where the text is none that works. It is looked up by its hash: how long that takes says nothing
   * about how much of a guess is right.
   */
  authenticate(text: string): KeyRecord | null {
    const access = this.#byHash.get(sha256Hex(text));
    if (access === undefined) return null;
    const { held, untilMs } = access;
    const steadyMs = this.#time.steadyMs();
    if (untilMs !== Number.POSITIVE_INFINITY && this.#time.latestMs(steadyMs) >= untilMs) return null;
    held.usedAtMs = steadyMs;
    return held.record;
  }

  /** Whether the text works, for those who let it in before: it is not used again by being looked at. */
  isTaken(text: string): boolean {
    const access = this.#byHash.get(sha256Hex(text));
    return access !== undefined && this.#time.latestMs() < access.untilMs;
  }

  /** Whether a text of the key ends by itself, in time. */
  hasEnd(id: string): boolean {
    const record = this.#byId.get(id)?.record;
    return record === undefined || record.expiresAtMs !== null || record.previous !== null;
  }

  /** Told of each key of which a text no longer works because somebody ended the key, or gave it another text. */
  onTextEnded(listener: (id: string) => void): void {
    this.#onTextEnded.push(listener);
  }

  /** From now on, uses are noted in the store, a while after they were. */
  start(logger: Logger): void {
    this.#uses.start(logger);
  }

  async close(): Promise<void> {
    await this.#uses.close();
  }

  /** The key as `by` sees it, or `key-not-found`. Null sees all. */
  require(id: string, by: KeyRecord | null): KeyRecord {
    const held = this.#byId.get(id);
    if (held === undefined || !sees(by, held.record)) {
      throw new TrotlineError("key-not-found", `There is no key \`${id}\`.`);
    }
    return shown(held);
  }

  /** In order of id, beginning after `afterId`; those that `by` sees, and of one tenant where one is asked for. */
  list(query: { by: KeyRecord | null; tenant?: string; afterId?: string; limit: number }): {
    keys: KeyRecord[];
    more: boolean;
  } {
    const { by, tenant, afterId = "", limit } = query;
    const keys: KeyRecord[] = [];
    for (const id of [...this.#byId.keys()].sort()) {
      const held = this.#byId.get(id);
      if (held === undefined || id <= afterId || !sees(by, held.record)) continue;
      if (tenant !== undefined && held.record.tenant !== tenant) continue;
      if (keys.length === limit) return { keys, more: true };
      keys.push(shown(held));
    }
    return { keys, more: false };
  }

  hasExpired(record: KeyRecord): boolean {
    return hasExpired(record, this.#time.latestMs());
  }

  /** How long the text from before a rotation is taken; null where it is not. */
  previousUntilMs({ previous }: KeyRecord): number | null {
    return previous !== null && this.#time.latestMs() < previous.untilMs ? previous.untilMs : null;
  }

  /**
   * Makes a key, on behalf of another: null is whoever runs the server. Refuses with `invalid-body`, `key-beyond-own`
   * and `key-limit`.
   */
  create(request: KeyRequest, by: KeyRecord | null): Promise<NewKey> {
    return this.#inTurn(async () => {
      this.#checkMaker(by);
      const refusal = keyRefusal(request, this.#time.latestMs());
      if (refusal !== null) throw new TrotlineError("invalid-body", refusal.detail, { field: refusal.field });
      if (by !== null && !isWithin(by, request)) throw beyondOwn();
      this.#checkRoom(request.tenant);
      return this.#make(request, this.#newText());
    });
  }

  /** Gives the key another text. The one that it had is taken for `graceMs`; one from a rotation before is no more. */
  rotate(id: string, graceMs: number, by: KeyRecord | null): Promise<NewKey> {
    return this.#inTurn(async () => {
      this.#checkMaker(by);
      const { hash, previous: _, ...record } = this.require(id, by);
      if (this.hasExpired(record as KeyRecord))
        throw new TrotlineError("key-expired", `The key \`${id}\` has expired.`);
      if (by !== null && by.id !== id && !isWithin(by, record)) throw beyondOwn();
      const text = this.#newText();
      const next: KeyRecord = {
        ...record,
        hash: sha256Hex(text),
        rotatedAtMs: this.#options.clock.wallMs(),
        previous: graceMs === 0 ? null : { hash, untilMs: this.#time.latestMs() + graceMs },
      };
      await this.#options.store.putKey(next);
      this.#replace(next);
      this.#tellTextEnded(id);
      return { record: next, text };
    });
  }

  /** The key no longer works once it is gone from the store. Refuses with `key-not-found` and `key-last-admin`. */
  revoke(id: string, by: KeyRecord | null): Promise<void> {
    return this.#inTurn(async () => {
      this.#checkMaker(by);
      const record = this.require(id, by);
      if (this.#isLastAdmin(record)) {
        const detail = "Without it nobody could manage keys any more: make another one first.";
        throw new TrotlineError("key-last-admin", detail);
      }
      await this.#remove(record);
    });
  }

  /** Makes the first key of a server. */
  async createAdminKey(): Promise<string> {
    const { text } = await this.create({ name: "first key", scopes: ["admin"], tenant: null, expiresAtMs: null }, null);
    return text;
  }

  /**
   * Lets a key that the operator chose in as admin, also where its text was that of a key which may do less, has
   * expired, or was given another text since; nothing changes where it is in.
   */
  async addAdminKey(text: string, name: string): Promise<void> {
    await this.#inTurn(async () => {
      const hash = sha256Hex(text);
      const record = this.#byHash.get(hash)?.held.record;
      if (record?.hash === hash) {
        if (this.#isRuling(record)) return;
        await this.#remove(record);
      } else if (record !== undefined) {
        const without = { ...record, previous: null };
        await this.#options.store.putKey(without);
        this.#replace(without);
      }
      await this.#make({ name, scopes: ["admin"], tenant: null, expiresAtMs: null }, text);
    });
  }

  async #make(request: KeyRequest, text: string): Promise<NewKey> {
    const { clock, random, store } = this.#options;
    const createdAtMs = clock.wallMs();
    const record: KeyRecord = {
      ...request,
      id: makeId("key", createdAtMs, random.bytes(16)),
      hash: sha256Hex(text),
      createdAtMs,
      rotatedAtMs: null,
      previous: null,
      lastUsedAtMs: null,
    };
    await store.putKey(record);
    this.#hold({ record, usedAtMs: null });
    return { record, text };
  }

  /** The key that asks may have been ended while the request waited for its turn. */
  #checkMaker(by: KeyRecord | null): void {
    if (by === null || (this.#byId.has(by.id) && !this.hasExpired(by))) return;
    throw new TrotlineError("unauthenticated", "The key has ended.");
  }

  #checkRoom(tenant: string | null): void {
    let count = 0;
    for (const { record } of this.#byId.values()) if (record.tenant === tenant) count += 1;
    if (count < limits.keysPerTenant) return;
    const whose = tenant === null ? "that are of no tenant" : `of the tenant \`${tenant}\``;
    throw new TrotlineError("key-limit", `There are ${limits.keysPerTenant} keys ${whose} already.`);
  }

  /** Whether no other key that works could manage every key. */
  #isLastAdmin(record: KeyRecord): boolean {
    if (!this.#isRuling(record)) return false;
    return ![...this.#byId.values()].some((held) => held.record.id !== record.id && this.#isRuling(held.record));
  }

  #isRuling(record: KeyRecord): boolean {
    return isAdmin(record) && record.tenant === null && !this.hasExpired(record);
  }

  async #remove(record: KeyRecord): Promise<void> {
    await this.#options.store.removeKey(record.id);
    this.#forget(record);
    this.#byId.delete(record.id);
    this.#tellTextEnded(record.id);
  }

  #tellTextEnded(id: string): void {
    for (const listener of this.#onTextEnded) listener(id);
  }

  #replace(record: KeyRecord): void {
    const held = this.#byId.get(record.id);
    if (held === undefined) return;
    this.#forget(held.record);
    held.record = record;
    this.#hold(held);
  }

  #hold(held: HeldKey): void {
    const { id, hash, previous, expiresAtMs } = held.record;
    const untilMs = expiresAtMs ?? Number.POSITIVE_INFINITY;
    this.#byId.set(id, held);
    this.#byHash.set(hash, { held, untilMs });
    if (previous !== null) this.#byHash.set(previous.hash, { held, untilMs: Math.min(untilMs, previous.untilMs) });
  }

  #forget({ hash, previous }: KeyRecord): void {
    this.#byHash.delete(hash);
    if (previous !== null) this.#byHash.delete(previous.hash);
  }

  #newText(): string {
    return keyPrefix + Buffer.from(this.#options.random.bytes(keyBytes)).toString("base64url");
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => {});
    return result;
  }
}

const sees = (by: KeyRecord | null, { tenant }: KeyRecord): boolean =>
  by === null || by.tenant === null || by.tenant === tenant;

const shown = ({ record, usedAtMs }: HeldKey): KeyRecord => ({ ...record, lastUsedAtMs: usedAtMs });

const beyondOwn = (): TrotlineError =>
  new TrotlineError(
    "key-beyond-own",
    "That key would have more than the one that asks: another tenant, or longer life.",
  );
