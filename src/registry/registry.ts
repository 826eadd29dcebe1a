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
import { ChangeTurns, type Known } from "./change-turns.ts";
import type { ConfigurationWatch } from "./configuration-watch.ts";
import { followEndpoints } from "./endpoint-following.ts";
import { type EndpointQuery, EndpointTable, type RegistryListener } from "./endpoint-table.ts";
import type { EventTypes } from "./event-types/event-types.ts";
import { Keys } from "./keys.ts";
import type { Matching } from "./matching.ts";
import { changesPayload, checkPayload } from "./payload-check.ts";
import { checkChangedPlace, checkNewPlace, type PlaceRules } from "./place-check.ts";
import { changesReach, checkReach, requireAgreement } from "./reach-check.ts";
import { type Change, Rotation } from "./rotation.ts";
import { changesSchedule, checkSchedule } from "./schedule-check.ts";
import { checkSelection } from "./selection-check.ts";
import { withSigning } from "./signing-check.ts";
import type { PublishedKeys } from "./signing-keys.ts";

/** What a person may set on an endpoint. Its kind only when it is made. */
export type EndpointInput = Pick<
  Endpoint,
  "url" | "description" | "types" | "headers" | "timeoutMs" | "retry" | "maxInFlight" | "disableAfterMs" | "secrets"
> &
  Pick<Endpoint, "kind" | "command" | "handler"> &
  EndpointFacets;

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
  /** Of what other processes configure; absent where there are none. */
  readonly watch?: ConfigurationWatch | undefined;
}

/** What is configured, cached whole. A change is durable before it is seen. */
export class Registry {
  readonly keys: Keys;
  readonly rotation: Rotation;
  readonly #options: RegistryOptions;
  readonly #table: EndpointTable;
  readonly #turns: ChangeTurns;
  /** Endpoints that are being stored, by tenant: they count for its limit. */
  readonly #creating = new Map<string, number>();
  /** Of these numbers, some may be of endpoints that were stored here a moment ago, and deleted elsewhere. */
  readonly #gone = new Set<number>();

  private constructor(options: RegistryOptions, state: Awaited<ReturnType<RegistryStore["load"]>>) {
    this.#options = options;
    const { watch, store } = options;
    this.keys = new Keys(options, state.keys);
    this.#turns = new ChangeTurns(watch);
    const replace = (id: string, change: Change): Promise<Endpoint> => this.#replace(id, change);
    this.rotation = new Rotation({ ...options, replace });
    this.#table = new EndpointTable(this.rotation);
    this.#table.load(state.endpoints.map((endpoint) => this.rotation.atStart(endpoint)));
    if (watch === undefined) return;
    const gone = (endpointNumber: number): void => {
      if (this.#creating.size > 0) this.#gone.add(endpointNumber);
    };
    const parts = { changes: watch.changes, store, turns: this.#turns, table: this.#table, gone };
    watch.on("endpoint", followEndpoints(parts));
  }

  static async load(options: RegistryOptions): Promise<Registry> {
    return new Registry(options, await options.store.load());
  }

  get matching(): Matching {
    return this.#table.matching;
  }

  get publishedKeys(): PublishedKeys {
    return this.#table.publishedKeys;
  }

  onChange(listener: RegistryListener): void {
    this.#table.onChange(listener);
  }

  /** Undefined where there is none with this id. */
  endpoint(id: string): Endpoint | undefined {
    return this.#table.byId(id);
  }

  endpointByNumber(number: number): Endpoint | undefined {
    return this.#table.byNumber(number);
  }

  endpointCount(): number {
    return this.#table.size;
  }

  /** The versions of an event type that endpoints want. */
  pinnedVersions(type: string): ReadonlySet<string> {
    const pinned = new Set<string>();
    for (const { versions } of this.#table.values())
      if (Object.hasOwn(versions, type)) pinned.add(versions[type] ?? "");
    return pinned;
  }

  /** The endpoint, or `endpoint-not-found`. */
  requireEndpoint(id: string): Endpoint {
    const endpoint = this.#table.byId(id);
    if (endpoint === undefined) throw new TrotlineError("endpoint-not-found", `There is no endpoint \`${id}\`.`);
    return endpoint;
  }

  /** In order of id, beginning after `afterId`. */
  listEndpoints(query: EndpointQuery): { endpoints: Endpoint[]; more: boolean } {
    return this.#table.list(query);
  }

  /**
   * Members left out take their defaults; no secrets: one is made. Refuses with `url-refused`, `header-refused`,
   * `secret-invalid`, `schedule-too-long`, `tls-invalid`, `endpoint-unverified`, `endpoint-limit`, and as `checkKind`.
   */
  async createEndpoint(input: { tenant: string } & Partial<EndpointInput>, startPosition: number): Promise<Endpoint> {
    const { clock, random } = this.#options;
    const { tenant } = input;
    checkNewPlace(input, this.#options);
    checkSelection(input, this.#options.eventTypes);
    this.#requireRoom(tenant, 0);
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
    this.#creating.set(tenant, (this.#creating.get(tenant) ?? 0) + 1);
    try {
      const agreed = needsVerification(null, draft) ? await this.#options.verify?.(draft) : undefined;
      return await this.#turns.again((known) => {
        // The receiver took its time, and others may have changed what this stands on.
        checkSelection(input, this.#options.eventTypes);
        this.#requireRoom(tenant, 1);
        return this.#store({ ...draft, ...agreed }, start, this.#knownOf(tenant, input, known));
      });
    } finally {
      this.#noteCreated(tenant);
    }
  }

  async #store(...creation: Parameters<RegistryStore["createEndpoint"]>): Promise<Endpoint> {
    const endpoint = await this.#options.store.createEndpoint(...creation);
    const known = this.#table.byNumber(endpoint.number);
    // It may have been heard of before it was answered, and have been deleted since.
    if (known === undefined && !this.#gone.has(endpoint.number)) this.#table.put(endpoint, creation[1].readPosition);
    return known ?? endpoint;
  }

  /** `own`: how many of those that are being stored are the one that asks. */
  #requireRoom(tenant: string, own: number): void {
    const count = this.matching.count(tenant) + (this.#creating.get(tenant) ?? 0) - own;
    if (count < limits.endpointsPerTenant) return;
    const detail = `The tenant \`${tenant}\` has ${limits.endpointsPerTenant} endpoints already.`;
    throw new TrotlineError("endpoint-limit", detail);
  }

  /** Others make no half of what a tenant may have in the moment for which this process does not know of it. */
  #knownOf(tenant: string, { versions }: Partial<EndpointInput>, known: Known): ReturnType<Known> {
    const isTight = 2 * this.matching.count(tenant) >= limits.endpointsPerTenant;
    const isPinned = Object.keys(versions ?? {}).length > 0;
    return known(...(isTight ? ["endpoint" as const] : []), ...(isPinned ? ["event_type" as const] : []));
  }

  #noteCreated(tenant: string): void {
    const creating = (this.#creating.get(tenant) ?? 1) - 1;
    if (creating === 0) this.#creating.delete(tenant);
    else this.#creating.set(tenant, creating);
    if (this.#creating.size === 0) this.#gone.clear();
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
    return this.#turns.change(async () => {
      const before = this.requireEndpoint(id);
      await this.#options.store.deleteEndpoint(before.number);
      this.#table.remove(before);
    });
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
    return this.#turns.change(async (known) => {
      const before = this.requireEndpoint(id);
      const change = typeof wanted === "function" ? wanted(before) : wanted;
      if (change === null) return before;
      const isPinned = Object.keys(change.versions ?? {}).length > 0;
      if (isPinned) checkSelection(change, this.#options.eventTypes);
      const after =
        typeof wanted === "function"
          ? { ...before, ...change, updatedAtMs: this.#options.clock.wallMs() }
          : this.#changed(before, change);
      if (asked !== undefined) requireAgreement(before, { asked, after });
      await this.#options.store.updateEndpoint(after, announce, isPinned ? known("event_type") : known());
      this.#table.put(after);
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
}
