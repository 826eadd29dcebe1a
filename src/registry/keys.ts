import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import {
  hasExpired,
  isAdmin,
  isPortalLink,
  isWithin,
  type KeyRecord,
  type KeyRequest,
  keyRefusal,
} from "../core/key.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import type { RegistryStore } from "../log/registry-store.ts";
import { sha256Hex } from "../platform/hmac.ts";
import { ChangeTurns, type Known } from "./change-turns.ts";
import type { ConfigurationWatch } from "./configuration-watch.ts";
import { followDocuments } from "./following.ts";
import { checkRoom } from "./key-room.ts";
import { KeyTable } from "./key-table.ts";
import { KeyTime } from "./key-time.ts";
import { type HeldKey, KeyUses } from "./key-uses.ts";

const keyPrefix = "trot_";
const keyBytes = 24;
const endedLinksPerChange = 5;

export interface KeysOptions {
  readonly store: RegistryStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Of what other processes configure; absent where there are none. */
  readonly watch?: ConfigurationWatch | undefined;
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
  readonly #table: KeyTable;
  readonly #turns: ChangeTurns;

  constructor(options: KeysOptions, records: readonly KeyRecord[]) {
    this.#options = options;
    this.#turns = new ChangeTurns(options.watch);
    this.#time = new KeyTime(options.clock, records);
    this.#table = new KeyTable(records);
    this.#uses = new KeyUses(options.store, this.#table.byId, options.watch?.changes);
    this.#follow(options);
  }

  get count(): number {
    return this.#table.byId.size;
  }

  /**
   * The key, or null where the text is none that works. It is looked up by its hash: how long that takes says nothing
   * about how much of a guess is right.
   */
  authenticate(text: string): KeyRecord | null {
    const access = this.#table.byHash(sha256Hex(text));
    if (access === undefined) return null;
    const { held, untilMs } = access;
    const steadyMs = this.#time.steadyMs();
    if (untilMs !== Number.POSITIVE_INFINITY && this.#time.latestMs(steadyMs) >= untilMs) return null;
    held.usedAtMs = steadyMs;
    return held.record;
  }

  /** Whether the text works, for those who let it in before: it is not used again by being looked at. */
  isTaken(text: string): boolean {
    const access = this.#table.byHash(sha256Hex(text));
    return access !== undefined && this.#time.latestMs() < access.untilMs;
  }

  /** Whether a text of the key ends by itself, in time. */
  hasEnd(id: string): boolean {
    const record = this.#table.byId.get(id)?.record;
    return record === undefined || record.expiresAtMs !== null || record.previous !== null;
  }

  /** Told of each key of which a text no longer works because somebody ended the key, or gave it another text. */
  onTextEnded(listener: (id: string) => void): void {
    this.#table.onTextEnded(listener);
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
    const held = this.#table.byId.get(id);
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
    for (const id of [...this.#table.byId.keys()].sort()) {
      const held = this.#table.byId.get(id);
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
    return this.#turns.change(async (known) => {
      this.#checkMaker(by);
      const refusal = keyRefusal(request, this.#time.latestMs());
      if (refusal !== null) throw new TrotlineError("invalid-body", refusal.detail, { field: refusal.field });
      if (by !== null && !isWithin(by, request)) throw beyondOwn();
      if (isPortalLink(request)) await this.#forgetEndedLinks(known);
      checkRoom(request, this.#table.byId.values());
      return this.#make(request, this.#newText(), known);
    });
  }

  /** Gives the key another text. The one that it had is taken for `graceMs`; one from a rotation before is no more. */
  rotate(id: string, graceMs: number, by: KeyRecord | null): Promise<NewKey> {
    return this.#turns.change(async (known) => {
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
      await this.#options.store.putKey(next, known());
      this.#table.put(next);
      return { record: next, text };
    });
  }

  /** The key no longer works once it is gone from the store. Refuses with `key-not-found` and `key-last-admin`. */
  revoke(id: string, by: KeyRecord | null): Promise<void> {
    return this.#turns.change(async (known) => {
      this.#checkMaker(by);
      const record = this.require(id, by);
      if (this.#isLastAdmin(record)) {
        const detail = "Without it nobody could manage keys any more: make another one first.";
        throw new TrotlineError("key-last-admin", detail);
      }
      await this.#remove(record, known);
    });
  }

  /** Makes the first key of a server; null where there is one, also by another process that starts at the same time. */
  makeFirst(): Promise<string | null> {
    return this.#turns.change(async (known) => {
      if (this.count > 0) return null;
      const request: KeyRequest = { name: "first key", scopes: ["admin"], tenant: null, expiresAtMs: null };
      return (await this.#make(request, this.#newText(), known)).text;
    });
  }

  /**
   * Lets a key that the operator chose in as admin, also where its text was that of a key which may do less, has
   * expired, or was given another text since; nothing changes where it is in.
   */
  async addAdminKey(text: string, name: string): Promise<void> {
    await this.#turns.change(async (known) => {
      const hash = sha256Hex(text);
      const record = this.#table.byHash(hash)?.held.record;
      if (record?.hash === hash) {
        if (this.#isRuling(record)) return;
        await this.#remove(record, known);
      } else if (record !== undefined) {
        const without = { ...record, previous: null };
        await this.#options.store.putKey(without, known("key"));
        this.#table.put(without);
      }
      await this.#make({ name, scopes: ["admin"], tenant: null, expiresAtMs: null }, text, known);
    });
  }

  async #make(request: KeyRequest, text: string, known: Known): Promise<NewKey> {
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
    await store.putKey(record, known("key"));
    this.#table.put(record);
    return { record, text };
  }

  /** The key that asks may have been ended while the request waited for its turn. */
  #checkMaker(by: KeyRecord | null): void {
    if (by === null || (this.#table.byId.has(by.id) && !this.hasExpired(by))) return;
    throw new TrotlineError("unauthenticated", "The key has ended.");
  }

  /** Nobody deletes links: a few that have ended go whenever one is made, whosever they are. */
  async #forgetEndedLinks(known: Known): Promise<void> {
    let forgotten = 0;
    for (const { record } of [...this.#table.byId.values()]) {
      if (!isPortalLink(record) || !this.hasExpired(record)) continue;
      await this.#remove(record, known);
      forgotten += 1;
      if (forgotten === endedLinksPerChange) return;
    }
  }

  /** Whether no other key that works could manage every key. */
  #isLastAdmin(record: KeyRecord): boolean {
    if (!this.#isRuling(record)) return false;
    return ![...this.#table.byId.values()].some((held) => held.record.id !== record.id && this.#isRuling(held.record));
  }

  #isRuling(record: KeyRecord): boolean {
    return isAdmin(record) && record.tenant === null && !this.hasExpired(record);
  }

  async #remove(record: KeyRecord, known: Known): Promise<void> {
    await this.#options.store.removeKey(record.id, known("key"));
    this.#table.remove(record);
  }

  #follow({ watch, store }: KeysOptions): void {
    const all = async (): Promise<readonly KeyRecord[]> => (await store.load()).keys;
    const follower = followDocuments<KeyRecord>({
      turns: this.#turns,
      keyOf: ({ id }) => id,
      read: (ids) => (ids === null ? all() : (watch?.changes.keys(ids) ?? all())),
      known: (id) => this.#table.byId.get(id)?.record,
      keys: () => [...this.#table.byId.keys()],
      put: (record) => this.#table.put(record),
      remove: (record) => this.#table.remove(record),
    });
    watch?.on("key", follower);
  }

  #newText(): string {
    return keyPrefix + Buffer.from(this.#options.random.bytes(keyBytes)).toString("base64url");
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
