import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random } from "../core/ports.ts";
import {
  liveSecrets,
  type Receipt,
  type Source,
  type SourceSecret,
  type SourceStatus,
  sourceDefaults,
} from "../core/source.ts";
import type { ReceiptQuery, SourceStore } from "../log/source-store.ts";
import { ChangeTurns, type Known } from "./change-turns.ts";
import type { ConfigurationWatch } from "./configuration-watch.ts";
import { followDocuments } from "./following.ts";
import { firstAfter } from "./sorted-ids.ts";
import { checkSource, type SchemePort, schemeOf } from "./source-check.ts";
import { type AddedSecret, checkSecret, madeSecret, requireSecret, secretId, withSecret } from "./source-secrets.ts";

/** What a person may set. */
export type SourceInput = Pick<
  Source,
  | "name"
  | "description"
  | "scheme"
  | "methods"
  | "allowAddresses"
  | "bodyBytesMax"
  | "rate"
  | "deduplication"
  | "answer"
  | "bin"
>;

/** In place of all secrets: one that was given, or one that is made here. */
export type SecretInput = { readonly value: string } | "generate";

export type NewSource = Partial<SourceInput> &
  Pick<SourceInput, "name" | "scheme"> & {
    readonly tenant: string;
    readonly secret?: SecretInput;
    readonly status?: SourceStatus;
    /** One is made where there is none. */
    readonly id?: string;
  };

export interface SourcesOptions {
  readonly store: SourceStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly schemes: SchemePort;
  /** Of what other processes configure; absent where there are none. */
  readonly watch?: ConfigurationWatch | undefined;
}

/** Where inbound events come from, cached whole. A change is durable before it is seen. */
export class Sources {
  readonly #options: SourcesOptions;
  readonly #byId = new Map<string, Source>();
  readonly #byName = new Map<string, Source>();
  readonly #byNumber = new Map<number, Source>();
  readonly #turns: ChangeTurns;

  private constructor(options: SourcesOptions, sources: readonly Source[]) {
    this.#options = options;
    this.#turns = new ChangeTurns(options.watch);
    for (const source of sources) this.#remember(null, source);
    this.#follow(options);
  }

  static async load(options: SourcesOptions): Promise<Sources> {
    return new Sources(options, await options.store.load());
  }

  /** Undefined where there is none. */
  byName(name: string): Source | undefined {
    return this.#byName.get(name);
  }

  byNumber(number: number): Source | undefined {
    return this.#byNumber.get(number);
  }

  /** By id or by name, or `source-not-found`. A bin is none; see `bins.ts`. */
  require(idOrName: string): Source {
    const source = this.#byId.get(idOrName) ?? this.#byName.get(idOrName);
    if (source === undefined || source.bin !== undefined) throw this.notFound(idOrName);
    return source;
  }

  /** Bins among them, by id. */
  all(): ReadonlyMap<string, Source> {
    return this.#byId;
  }

  notFound(idOrName: string): TrotlineError {
    return new TrotlineError("source-not-found", `There is no source \`${idOrName}\`.`);
  }

  /** In order of id, beginning after `afterId`. */
  list(query: { tenant?: string; afterId?: string; limit: number }): { sources: Source[]; more: boolean } {
    const { tenant, afterId, limit } = query;
    const sources: Source[] = [];
    const ids = [...this.#byId.keys()].sort();
    for (let i = afterId === undefined ? 0 : firstAfter(ids, afterId); i < ids.length; i++) {
      const source = this.#byId.get(ids[i] ?? "");
      if (source === undefined || source.bin !== undefined) continue;
      if (tenant !== undefined && source.tenant !== tenant) continue;
      if (sources.length === limit) return { sources, more: true };
      sources.push(source);
    }
    return { sources, more: false };
  }

  /**
   * Members left out take their defaults. Refuses with `invalid-body`, `secret-invalid`, `source-secret-missing`,
   * `source-exists`, `source-limit`.
   */
  create({ secret, ...input }: NewSource): Promise<Source> {
    const { clock, random, store } = this.#options;
    return this.#turns.change(async (known) => {
      const createdAtMs = clock.wallMs();
      const id = input.id ?? makeId("src", createdAtMs, random.bytes(16));
      const times = { createdAtMs, updatedAtMs: createdAtMs };
      const wanted = { ...sourceDefaults, status: "enabled" as const, ...input, id, ...times };
      const draft = this.#checked(wanted, this.#secretFor(wanted, secret));
      this.#requireFreeName(draft);
      this.#requireRoom(draft.tenant);
      const created = await store.create(draft, known("source"));
      this.#remember(null, created);
      return created;
    });
  }

  /** A secret that comes with it replaces all. */
  change(idOrName: string, change: Partial<SourceInput>, secret?: SecretInput): Promise<Source> {
    return this.#replaceSource(idOrName, (before) => {
      const wanted = { ...before, ...change };
      const after = this.#checked(wanted, this.#secretFor(wanted, secret));
      if (after.name !== before.name) this.#requireFreeName(after);
      return after;
    });
  }

  /** Refuses to enable what could verify nothing: `source-secret-missing`. */
  setStatus(idOrName: string, status: SourceStatus): Promise<Source> {
    return this.#replaceSource(idOrName, (before) => this.#checked({ ...before, status }));
  }

  /** Its receipts go with it; its events stay. */
  remove(idOrName: string): Promise<void> {
    return this.#turns.change(async () => {
      const before = this.#byId.get(idOrName) ?? this.require(idOrName);
      await this.#options.store.remove(before.number);
      this.#remember(before, null);
    });
  }

  /** Those that verify now, the newest first. */
  secrets(source: Source): readonly (SourceSecret & { readonly id: string })[] {
    const live = liveSecrets(source.secrets, this.#options.clock.wallMs());
    return live.map((secret) => ({ ...secret, id: secretId(source, secret) }));
  }

  /** Another newest secret. Refuses with `secret-invalid` and `secret-limit`. */
  addSecret(idOrName: string, secret: SecretInput, times: Omit<AddedSecret, "value">): Promise<Source> {
    return this.#replaceSource(idOrName, (before) => {
      const scheme = schemeOf(before.scheme, this.#options.schemes);
      const value = secret === "generate" ? madeSecret(scheme, this.#options.random) : secret.value;
      checkSecret(scheme, value);
      const secrets = withSecret(before.secrets, { value, ...times }, this.#options.clock.wallMs());
      if (secrets !== null) return { ...before, secrets };
      throw new TrotlineError("secret-limit", `The source has ${limits.secretsPerSource} secrets already.`);
    });
  }

  /** It verifies nothing from then on. Refuses with `secret-not-found` and `source-secret-missing`. */
  removeSecret(idOrName: string, id: string): Promise<Source> {
    return this.#replaceSource(idOrName, (before) => {
      const secrets = before.secrets.filter((secret) => secretId(before, secret) !== id);
      if (secrets.length < before.secrets.length) return this.#checked({ ...before, secrets });
      throw new TrotlineError("secret-not-found", `The source \`${before.name}\` has no secret \`${id}\`.`);
    });
  }

  /** What a handshake brought, as the first secret. False where the source has one by then, or is gone. */
  async keepFirstSecret(id: string, value: string): Promise<boolean> {
    const nowMs = this.#options.clock.wallMs();
    const isFree = (): boolean => {
      const source = this.#byId.get(id);
      return source !== undefined && liveSecrets(source.secrets, nowMs).length === 0;
    };
    if (!isFree()) return false;
    let isKept = false;
    await this.#turns.change(async (known) => {
      const before = this.#byId.get(id);
      if (before === undefined || !isFree()) return;
      checkSecret(schemeOf(before.scheme, this.#options.schemes), value);
      await this.#store(before, { ...before, secrets: [{ value, expiresAtMs: null }] }, known);
      isKept = true;
    });
    return isKept;
  }

  /** Of what sources did not take. */
  note(receipts: readonly Receipt[]): Promise<void> {
    return this.#options.store.note(receipts);
  }

  receipts(query: ReceiptQuery): Promise<readonly Receipt[]> {
    return this.#options.store.receipts(query);
  }

  receipt(id: string): Promise<Receipt | null> {
    return this.#options.store.receipt(id);
  }

  /** Where none is given and there is none, one is made if it is the receiver who chooses. */
  #secretFor(draft: Omit<Source, "number">, given: SecretInput | undefined): SecretInput | undefined {
    if (given !== undefined || draft.secrets.length > 0 || !("preset" in draft.scheme)) return given;
    return this.#options.schemes.get(draft.scheme.preset)?.secretFrom === "receiver" ? "generate" : undefined;
  }

  /** As it is to be: refused where it cannot be so. */
  #checked<Draft extends Omit<Source, "number">>(draft: Draft, secret?: SecretInput): Draft {
    const { schemes, clock, random } = this.#options;
    checkSource(draft, schemes);
    const nowMs = clock.wallMs();
    const scheme = schemeOf(draft.scheme, schemes);
    const hasSecrets = scheme !== null && scheme.secret !== null;
    const kept = hasSecrets ? liveSecrets(draft.secrets, nowMs) : [];
    const value = secret === "generate" ? madeSecret(scheme, random) : secret?.value;
    const secrets = value === undefined ? kept : [{ value, expiresAtMs: null }];
    for (const { value } of secrets) checkSecret(scheme, value);
    const checked = { ...draft, secrets };
    requireSecret(checked, scheme, nowMs);
    return checked;
  }

  #requireFreeName({ name }: Pick<Source, "name">): void {
    if (this.#byName.has(name)) throw new TrotlineError("source-exists", `There is a source \`${name}\` already.`);
  }

  #requireRoom(tenant: string): void {
    let count = 0;
    for (const source of this.#byId.values()) if (source.tenant === tenant) count += 1;
    if (count < limits.sourcesPerTenant) return;
    throw new TrotlineError("source-limit", `The tenant \`${tenant}\` has ${limits.sourcesPerTenant} sources already.`);
  }

  /** A bin is none: it is changed as what it is. */
  #replaceSource(idOrName: string, next: (before: Source) => Source): Promise<Source> {
    return this.replace(idOrName, (before) => next(this.require(before.id)));
  }

  /** What `next` makes of it is stored unchecked. A bin is known by its id alone. */
  replace(idOrName: string, next: (before: Source) => Source): Promise<Source> {
    return this.#turns.change(async (known) => {
      const before = this.#byId.get(idOrName) ?? this.require(idOrName);
      return this.#store(before, next(before), known);
    });
  }

  async #store(before: Source, changed: Source, known: Known): Promise<Source> {
    const after = { ...changed, updatedAtMs: this.#options.clock.wallMs() };
    await this.#options.store.update(after, after.name === before.name ? known() : known("source"));
    this.#remember(before, after);
    return after;
  }

  #follow({ watch, store }: SourcesOptions): void {
    const follower = followDocuments<Source>({
      turns: this.#turns,
      keyOf: ({ number }) => String(number),
      read: (keys) => (keys === null ? store.load() : (watch?.changes.sources(keys.map(Number)) ?? store.load())),
      known: (key) => this.#byNumber.get(Number(key)),
      keys: () => [...this.#byNumber.keys()].map(String),
      put: (source, before) => this.#remember(before ?? null, source),
      remove: (before) => this.#remember(before, null),
    });
    watch?.on("source", follower);
  }

  #remember(before: Source | null, after: Source | null): void {
    if (before !== null) {
      this.#byId.delete(before.id);
      // Two that change places come one after the other.
      if (this.#byName.get(before.name)?.number === before.number) this.#byName.delete(before.name);
      this.#byNumber.delete(before.number);
    }
    if (after !== null) {
      this.#byId.set(after.id, after);
      this.#byName.set(after.name, after);
      this.#byNumber.set(after.number, after);
    }
  }
}
