import {
  type DisabledReason,
  type Endpoint,
  type EndpointFacets,
  type EndpointStatus,
  endpointDefaults,
  headerRefusal,
  urlRefusal,
} from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random } from "../core/ports.ts";
import { longestScheduleMs } from "../core/retry-policy.ts";
import { decodeSecret, encodeSecret, secretBytes } from "../core/signature.ts";
import type { PublishedEvent } from "../log/event-log.ts";
import type { KeyRecord, RegistryStore } from "../log/registry-store.ts";
import { Keys } from "./keys.ts";
import { Matching } from "./matching.ts";

/** What a person may set on an endpoint. */
export type EndpointInput = Pick<
  Endpoint,
  "url" | "description" | "types" | "headers" | "timeoutMs" | "retry" | "maxInFlight" | "disableAfterMs" | "secrets"
> &
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

export interface RegistryOptions {
  readonly store: RegistryStore;
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Why an address may not be sent to; null where it may. Judges literal addresses only; names are judged when
   * resolved.
   */
  readonly addressRefusal: (host: string) => string | null;
  /** Events live this long; no retry schedule may outlast it. */
  readonly retentionAgeMs: number;
}

/** What is configured, cached whole. A change is durable before it is seen. */
export class Registry {
  readonly keys: Keys;
  readonly matching = new Matching();
  readonly #options: RegistryOptions;
  readonly #byId = new Map<string, Endpoint>();
  readonly #byNumber = new Map<number, Endpoint>();
  /** Ids in order; ids made later sort later, so a new one is nearly always the last. */
  #ids: string[];
  #listener: RegistryListener = () => {};
  /** Endpoints that are being stored, by tenant: they count for its limit. */
  readonly #creating = new Map<string, number>();
  /** Ends when the last change that was asked for has ended: each change builds on the one before. */
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor(options: RegistryOptions, state: Awaited<ReturnType<RegistryStore["load"]>>) {
    this.#options = options;
    this.keys = new Keys(options.store, state.keys);
    for (const endpoint of state.endpoints) this.#remember(endpoint);
    this.#ids = [...this.#byId.keys()].sort();
  }

  static async load(options: RegistryOptions): Promise<Registry> {
    return new Registry(options, await options.store.load());
  }

  onChange(listener: RegistryListener): void {
    this.#listener = listener;
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
   * `secret-invalid`, `schedule-too-long`, `endpoint-limit`.
   */
  async createEndpoint(
    input: { tenant: string; url: string } & Partial<EndpointInput>,
    startPosition: number,
  ): Promise<Endpoint> {
    const { clock, random, store } = this.#options;
    this.#check(input);
    const { tenant } = input;
    const creating = this.#creating.get(tenant) ?? 0;
    if (this.matching.count(tenant) + creating >= limits.endpointsPerTenant) {
      const detail = `The tenant \`${tenant}\` has ${limits.endpointsPerTenant} endpoints already.`;
      throw new TrotlineError("endpoint-limit", detail);
    }
    const createdAtMs = clock.wallMs();
    const draft: Omit<Endpoint, "number"> = {
      ...endpointDefaults,
      secrets: [encodeSecret(random.bytes(secretBytes.generated))],
      ...input,
      id: makeId("ep", createdAtMs, random.bytes(16)),
      status: "enabled",
      disabledReason: null,
      createdAtMs,
      updatedAtMs: createdAtMs,
    };
    const start = { readPosition: startPosition, pending: [], behind: true, health: null };
    this.#creating.set(tenant, creating + 1);
    try {
      const endpoint = await store.createEndpoint(draft, start);
      this.#remember(endpoint);
      this.#insertId(endpoint.id);
      this.#listener({ before: null, after: endpoint, startPosition });
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
    this.#check(change);
    return this.#replace(id, change);
  }

  /** `announce` goes into the log in the same transaction. */
  async setStatus(
    id: string,
    status: EndpointStatus,
    reason: DisabledReason | null,
    announce?: PublishedEvent,
  ): Promise<Endpoint> {
    return this.#replace(id, { status, disabledReason: reason }, announce);
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
    this.#listener({ before, after: null, startPosition: null });
  }

  /** The key's record, or null where no such key is known. */
  authenticate(key: string): KeyRecord | null {
    return this.keys.authenticate(key);
  }

  #replace(id: string, change: Partial<Endpoint>, announce?: PublishedEvent): Promise<Endpoint> {
    return this.#inTurn(async () => {
      const before = this.requireEndpoint(id);
      const after: Endpoint = { ...before, ...change, updatedAtMs: this.#options.clock.wallMs() };
      await this.#options.store.updateEndpoint(after, announce);
      this.#remember(after);
      this.#listener({ before, after, startPosition: null });
      return after;
    });
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
  }

  #insertId(id: string): void {
    const index = firstAfter(this.#ids, id);
    if (index === this.#ids.length) this.#ids.push(id);
    else this.#ids.splice(index, 0, id);
  }

  #check(input: Partial<EndpointInput>): void {
    if (input.url !== undefined) this.#checkUrl(input.url);
    const names = new Set<string>();
    for (const [name, value] of Object.entries(input.headers ?? {})) {
      const lower = name.toLowerCase();
      if (names.has(lower)) {
        throw new TrotlineError("header-refused", `\`${name}\` is set twice.`, { field: `/headers/${name}` });
      }
      names.add(lower);
      const refusal = headerRefusal(name, value);
      if (refusal !== null) throw new TrotlineError("header-refused", `${refusal}.`, { field: `/headers/${name}` });
    }
    for (const [index, secret] of (input.secrets ?? []).entries()) {
      if (decodeSecret(secret) !== null) continue;
      const detail = "A secret is `whsec_` and the base64 of 24 to 64 bytes.";
      throw new TrotlineError("secret-invalid", detail, { field: `/secrets/${index}` });
    }
    if (input.retry !== undefined && longestScheduleMs(input.retry) > this.#options.retentionAgeMs) {
      const detail = `The schedule lasts up to ${longestScheduleMs(input.retry)} ms; events are kept for ${this.#options.retentionAgeMs} ms.`;
      throw new TrotlineError("schedule-too-long", detail, { field: "/retry_delays_ms" });
    }
  }

  #checkUrl(text: string): void {
    const parsed = URL.canParse(text) ? new URL(text) : null;
    const refusal = urlRefusal(text, parsed) ?? this.#options.addressRefusal(parsed?.hostname ?? "");
    if (refusal !== null) {
      throw new TrotlineError("url-refused", `The URL is refused: ${refusal}.`, { field: "/url" });
    }
  }
}

/** The index of the first id that sorts after `id`. */
function firstAfter(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? "") <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}
