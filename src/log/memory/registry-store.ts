import type { Endpoint } from "../../core/endpoint.ts";
import type { KeyRecord } from "../../core/key.ts";
import type { LaneRecord } from "../../core/lane.ts";
import type { BuiltOn } from "../configuration-changes.ts";
import type { PublishedEvent } from "../event-log.ts";
import type { KeyUse, RegistryState, RegistryStore } from "../registry-store.ts";
import type { MemoryConfigurationChanges } from "./configuration-changes.ts";
import type { MemoryData } from "./data.ts";
import type { MemoryEventLog } from "./event-log.ts";

/** The reference of `RegistryStore`. */
export class MemoryRegistryStore implements RegistryStore {
  readonly #data: MemoryData;
  readonly #events: MemoryEventLog;
  readonly #changes: MemoryConfigurationChanges;

  constructor(data: MemoryData, events: MemoryEventLog, changes: MemoryConfigurationChanges) {
    this.#data = data;
    this.#events = events;
    this.#changes = changes;
  }

  async load(): Promise<RegistryState> {
    this.#data.requireOpen();
    const endpoints = [...this.#data.endpoints.values()].sort((left, right) => left.number - right.number);
    return { endpoints, keys: [...this.#data.keys.values()] };
  }

  async createEndpoint(
    endpoint: Omit<Endpoint, "number">,
    start: Omit<LaneRecord, "endpointNumber">,
    builtOn?: BuiltOn,
  ): Promise<Endpoint> {
    this.#data.requireOpen();
    this.#changes.require("endpoint", null, builtOn);
    this.#data.commits += 1;
    this.#data.endpointsMade += 1;
    const number = this.#data.endpointsMade;
    const created: Endpoint = { ...endpoint, number };
    this.#data.endpoints.set(number, created);
    if (start.behind || start.health !== null) this.#data.lanes.set(number, { ...start, endpointNumber: number });
    this.#changes.note("endpoint", number);
    return created;
  }

  async updateEndpoint(endpoint: Endpoint, announce?: PublishedEvent | null, builtOn?: BuiltOn): Promise<void> {
    const { number } = endpoint;
    this.#data.requireOpen();
    this.#changes.require("endpoint", String(number), builtOn);
    this.#data.commits += 1;
    if (this.#data.endpoints.has(number)) {
      this.#data.endpoints.set(number, endpoint);
      this.#changes.note("endpoint", number);
    }
    if (announce) this.#events.announce([announce]);
  }

  async deleteEndpoint(endpointNumber: number): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    if (this.#data.endpoints.delete(endpointNumber)) this.#changes.note("endpoint", endpointNumber);
    this.#data.lanes.delete(endpointNumber);
    this.#data.parked.delete(endpointNumber);
  }

  async putKey(key: KeyRecord, builtOn?: BuiltOn): Promise<void> {
    this.#data.requireOpen();
    this.#changes.require("key", key.id, builtOn);
    this.#data.commits += 1;
    this.#data.keys.set(key.id, key);
    this.#changes.note("key", key.id);
  }

  async removeKey(id: string, builtOn?: BuiltOn): Promise<void> {
    this.#data.requireOpen();
    this.#changes.require("key", id, builtOn);
    this.#data.commits += 1;
    if (this.#data.keys.delete(id)) this.#changes.note("key", id);
  }

  async noteKeyUses(uses: readonly KeyUse[]): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    for (const { id, atMs } of uses) {
      const key = this.#data.keys.get(id);
      const lastUsedAtMs = Math.max(key?.lastUsedAtMs ?? atMs, atMs);
      if (key !== undefined) this.#data.keys.set(id, { ...key, lastUsedAtMs });
    }
  }
}
