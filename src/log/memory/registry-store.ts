import type { Endpoint } from "../../core/endpoint.ts";
import type { KeyRecord } from "../../core/key.ts";
import type { LaneRecord } from "../../core/lane.ts";
import type { PublishedEvent } from "../event-log.ts";
import type { KeyUse, RegistryState, RegistryStore } from "../registry-store.ts";
import type { MemoryData } from "./data.ts";
import type { MemoryEventLog } from "./event-log.ts";

/** The reference of `RegistryStore`. */
export class MemoryRegistryStore implements RegistryStore {
  readonly #data: MemoryData;
  readonly #events: MemoryEventLog;

  constructor(data: MemoryData, events: MemoryEventLog) {
    this.#data = data;
    this.#events = events;
  }

  async load(): Promise<RegistryState> {
    this.#data.requireOpen();
    const endpoints = [...this.#data.endpoints.values()].sort((left, right) => left.number - right.number);
    return { endpoints, keys: [...this.#data.keys.values()] };
  }

  async createEndpoint(
    endpoint: Omit<Endpoint, "number">,
    start: Omit<LaneRecord, "endpointNumber">,
  ): Promise<Endpoint> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.endpointsMade += 1;
    const number = this.#data.endpointsMade;
    const created: Endpoint = { ...endpoint, number };
    this.#data.endpoints.set(number, created);
    if (start.behind || start.health !== null) this.#data.lanes.set(number, { ...start, endpointNumber: number });
    return created;
  }

  async updateEndpoint(endpoint: Endpoint, announce?: PublishedEvent): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    if (this.#data.endpoints.has(endpoint.number)) this.#data.endpoints.set(endpoint.number, endpoint);
    if (announce !== undefined) this.#events.announce([announce]);
  }

  async deleteEndpoint(endpointNumber: number): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.endpoints.delete(endpointNumber);
    this.#data.lanes.delete(endpointNumber);
    this.#data.parked.delete(endpointNumber);
  }

  async putKey(key: KeyRecord): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.keys.set(key.id, key);
  }

  async removeKey(id: string): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.keys.delete(id);
  }

  async noteKeyUses(uses: readonly KeyUse[]): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    for (const { id, atMs } of uses) {
      const key = this.#data.keys.get(id);
      if (key !== undefined) this.#data.keys.set(id, { ...key, lastUsedAtMs: atMs });
    }
  }
}
