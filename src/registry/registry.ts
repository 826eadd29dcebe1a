import {
  type DisabledReason,
  type Endpoint,
  type EndpointFacets,
  type EndpointStatus,
  endpointDefaults,
  kindDefaults,
} from "../core/endpoint.ts";
import { needsVerification } from "../core/endpoint-reach.ts";
import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import type { KeyRecord } from "../core/key.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { PublishedEvent } from "../log/event-log.ts";
import type { RegistryStore } from "../log/registry-store.ts";
import type { EventTypes } from "./event-types/event-types.ts";
import { Keys } from "./keys.ts";
import { Matching } from "./matching.ts";
import { changesPayload, checkPayload } from "./payload-check.ts";
import { checkChangedPlace, checkNewPlace, type PlaceRules } from "./place-check.ts";
import { changesReach, checkReach, requireAgreement } from "./reach-check.ts";
import { type Change, Rotation } from "./rotation.ts";
import { changesSchedule, checkSchedule } from "./schedule-check.ts";
import { checkSelection } from "./selection-check.ts";
import { withSigning } from "./signing-check.ts";
import { PublishedKeys } from "./signing-keys.ts";
import { firstAfter } from "./sorted-ids.ts";

/** What a person may set on an endpoint. Its kind only when it is made. */
export type EndpointInput = Pick<
  Endpoint,
  "url" | "description" | "types" | "headers" | "timeoutMs" | "retry" | "maxInFlight" | "disableAfterMs" | "secrets"
> &
  Pick<Endpoint, "kind" | "command" | "handler"> &
  EndpointFacets;

/**
 * What changed, for those who hold an endpoint's running state. `before` is null for a new one, `after` for a deleted
 * one.
 */
export type RegistryListener = (change: {
  readonly before: Endpoint | null;
  readonly after: Endpoint | null;
  /** Where a new endpoint's lane begins. */
  readonly startPosition: number | null;
}) => void;

export interface RegistryOptions extends PlaceRules {
  readonly store: RegistryStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Events live this long; no retry schedule may outlast it. */
  readonly retentionAgeMs: number;
  /** Where receivers reach this server; null or absent where they do not. */
  readonly publicUrl?: string | null;
  /** What the catalogue knows of event types. */
  readonly eventTypes: Pick<EventTypes, "get">;
  /** Whether the receiver agrees, and the settings that follow from it; rejects where it does not. */
  readonly verify?: (draft: Omit<Endpoint, "number">) => Promise<Partial<Endpoint>>;
}

/** What is configured, cached whole. A change is durable before it is seen. */
export class Registry {
  readonly keys: Keys;
  readonly matching = new Matching();
  readonly rotation: Rotation;
  readonly publishedKeys = new PublishedKeys();
  readonly #options: RegistryOptions;
  readonly #byId = new Map<string, Endpoint>();
  readonly #byNumber = new Map<number, Endpoint>();
  /** Ids in order; ids made later sort later, so a new one is nearly always the last. */
  #ids: string[];
  readonly #listeners: RegistryListener[] = [];
  /** Endpoints that are being stored, by tenant: they count for its limit. */
  readonly #creating = new Map<string, number>();
  /** Ends when the last change that was asked for has ended: each change builds on the one before. */
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor(options: RegistryOptions, state: Awaited<ReturnType<RegistryStore["load"]>>) {
    this.#options = options;
    this.keys = new Keys(options, state.keys);
    const replace = (id: string, change: Change): Promise<Endpoint> => this.#replace(id, change);
    this.rotation = new Rotation({ ...options, replace });
    for (const endpoint of state.endpoints) this.#remember(this.rotation.atStart(endpoint));
    this.#ids = [...this.#byId.keys()].sort();
  }

  static async load(options: RegistryOptions): Promise<Registry> {
    return new Registry(options, await options.store.load());
  }

  onChange(listener: RegistryListener): void {
    this.#listeners.push(listener);
  }

  /** Undefined where there is none with this id. */
  endpoint(id: string): Endpoint | undefined {
    return this.#byId.get(id);
  }

  endpointByNumber(number: number): Endpoint | undefined {
    return this.#byNumber.get(number);
  }

  endpointCount(): number {
    return this.#byId.size;
  }

  /** The versions of an event type that endpoints want. */
  pinnedVersions(type: string): ReadonlySet<string> {
    const pinned = new Set<string>();
    for (const { versions } of this.#byId.values()) if (Object.hasOwn(versions, type)) pinned.add(versions[type] ?? "");
    return pinned;
  }

  /** The endpoint, or `endpoint-not-found`. */
  requireEndpoint(id: string): Endpoint {
    const endpoint = this.#byId.get(id);
    if (endpoint === undefined) throw new TrotlineError("endpoint-not-found", `There is no endpoint \`${id}\`.`);
    return endpoint;
  }

  /** In order of id, beginning after `afterId`. */
  listEndpoints(query: { tenant?: string; afterId?: string; limit: number }): { endpoints: Endpoint[]; more: boolean } {
    const endpoints: Endpoint[] = [];
    const { afterId } = query;
    for (let i = afterId === undefined ? 0 : firstAfter(this.#ids, afterId); i < this.#ids.length; i++) {
      const endpoint = this.#byId.get(this.#ids[i] ?? "");
      if (endpoint === undefined || (query.tenant !== undefined && endpoint.tenant !== query.tenant)) continue;
      if (endpoints.length === query.limit) return { endpoints, more: true };
      endpoints.push(endpoint);
    }
    return { endpoints, more: false };
  }

  /**
   * Members left out take their defaults; no secrets: one is made. Refuses with `url-refused`, `header-refused`,
   * `secret-invalid`, `schedule-too-long`, `tls-invalid`, `endpoint-unverified`, `endpoint-limit`, and as `checkKind`.
   */
  async createEndpoint(input: { tenant: string } & Partial<EndpointInput>, startPosition: number): Promise<Endpoint> {
    const { clock, random, store } = this.#options;
    checkNewPlace(input, this.#options);
    checkSelection(input, this.#options.eventTypes);
    const { tenant } = input;
    const creating = this.#creating.get(tenant) ?? 0;
    if (this.matching.count(tenant) + creating >= limits.endpointsPerTenant) {
      const detail = `The tenant \`${tenant}\` has ${limits.endpointsPerTenant} endpoints already.`;
      throw new TrotlineError("endpoint-limit", detail);
    }
    const createdAtMs = clock.wallMs();
    const wanted: Omit<Endpoint, "number"> = {
      ...endpointDefaults,
      ...kindDefaults(input.kind ?? "http"),
      ...{ url: "", secrets: [] },
      ...input,
      id: makeId("ep", createdAtMs, random.bytes(16)),
      status: "enabled",
      disabledReason: null,
      createdAtMs,
      updatedAtMs: createdAtMs,
    };
    const draft = withSigning(wanted, { ...input, signing: wanted.signing }, random);
    if (changesSchedule(input)) checkSchedule(draft, this.#options.retentionAgeMs);
    if (changesPayload(input)) checkPayload(draft, input, this.#options.publicUrl ?? null);
    this.#checkReach(draft, input);
    const start = { readPosition: startPosition, pending: [], behind: true, health: null };
    this.#creating.set(tenant, creating + 1);
    try {
      const agreed = needsVerification(null, draft) ? await this.#options.verify?.(draft) : undefined;
      // The receiver took its time, and the catalogue may have changed.
      if (agreed !== undefined) checkSelection(input, this.#options.eventTypes);
      const endpoint = await store.createEndpoint({ ...draft, ...agreed }, start);
      this.#remember(endpoint);
      this.#insertId(endpoint.id);
      this.#tell({ before: null, after: endpoint, startPosition });
      return endpoint;
    } finally {
      this.#noteCreated(tenant);
    }
  }

  #noteCreated(tenant: string): void {
    const creating = (this.#creating.get(tenant) ?? 1) - 1;
    if (creating === 0) this.#creating.delete(tenant);
    else this.#creating.set(tenant, creating);
  }

  async changeEndpoint(id: string, change: Partial<EndpointInput>): Promise<Endpoint> {
    const before = this.requireEndpoint(id);
    checkChangedPlace(before, change, this.#options);
    checkSelection(change, this.#options.eventTypes);
    const asked = { ...before, ...change };
    // Not in turn: other changes do not wait for a receiver.
    const isAsked = needsVerification(before, asked);
    const agreed = isAsked ? await this.#options.verify?.(this.#changed(before, change)) : undefined;
    if (agreed !== undefined) checkSelection(change, this.#options.eventTypes);
    return this.#replace(id, { ...change, ...agreed }, { asked });
  }

  /** `announce` goes into the log in the same transaction. */
  async setStatus(
    id: string,
    status: EndpointStatus,
    reason: DisabledReason | null,
    announce?: PublishedEvent,
  ): Promise<Endpoint> {
    return this.#replace(id, { status, disabledReason: reason }, { announce });
  }

  /** `endpoint-not-found` where there is none. */
  deleteEndpoint(id: string): Promise<void> {
    return this.#inTurn(() => this.#delete(id));
  }

  async #delete(id: string): Promise<void> {
    const before = this.requireEndpoint(id);
    await this.#options.store.deleteEndpoint(before.number);
    this.#byId.delete(id);
    this.#byNumber.delete(before.number);
    this.#ids = this.#ids.filter((known) => known !== id);
    this.matching.remove(before);
    this.rotation.remove(before);
    this.publishedKeys.remove(before);
    this.#tell({ before, after: null, startPosition: null });
  }

  /** The key's record, or null where no such key is known. */
  authenticate(key: string): KeyRecord | null {
    return this.keys.authenticate(key);
  }

  #replace(
    id: string,
    wanted: Partial<Endpoint> | Change,
    { announce, asked }: { announce?: PublishedEvent | undefined; asked?: Endpoint } = {},
  ): Promise<Endpoint> {
    return this.#inTurn(async () => {
      const before = this.requireEndpoint(id);
      const change = typeof wanted === "function" ? wanted(before) : wanted;
      if (change === null) return before;
      const after =
        typeof wanted === "function"
          ? { ...before, ...change, updatedAtMs: this.#options.clock.wallMs() }
          : this.#changed(before, change);
      if (asked !== undefined) requireAgreement(before, { asked, after });
      await this.#options.store.updateEndpoint(after, announce);
      this.#remember(after);
      this.#tell({ before, after, startPosition: null });
      return after;
    });
  }

  /** As it would be, checked as a whole. */
  #changed(before: Endpoint, change: Partial<Endpoint>): Endpoint {
    const { clock, random, retentionAgeMs } = this.#options;
    const after = withSigning({ ...before, ...change, updatedAtMs: clock.wallMs() }, change, random);
    if (changesSchedule(change)) checkSchedule(after, retentionAgeMs);
    if (changesPayload(change)) checkPayload(after, change, this.#options.publicUrl ?? null);
    this.#checkReach(after, change);
    return after;
  }

  #checkReach(endpoint: Omit<Endpoint, "number">, change: Partial<Endpoint>): void {
    if (!changesReach(change)) return;
    const { clock, addressRefusal } = this.#options;
    checkReach(endpoint, change, { addressRefusal, nowMs: clock.wallMs() });
  }

  #tell(change: Parameters<RegistryListener>[0]): void {
    for (const listener of this.#listeners) listener(change);
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => {});
    return result;
  }

  #remember(endpoint: Endpoint): void {
    this.#byId.set(endpoint.id, endpoint);
    this.#byNumber.set(endpoint.number, endpoint);
    this.matching.put(endpoint);
    this.rotation.put(endpoint);
    this.publishedKeys.put(endpoint);
  }

  #insertId(id: string): void {
    const index = firstAfter(this.#ids, id);
    if (index === this.#ids.length) this.#ids.push(id);
    else this.#ids.splice(index, 0, id);
  }
}
