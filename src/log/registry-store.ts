import type { Endpoint } from "../core/endpoint.ts";
import type { LaneRecord } from "../core/lane.ts";
import type { PublishedEvent } from "./event-log.ts";

/** A key as it is stored: never the key itself. */
export interface KeyRecord {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the key, in hexadecimal digits. */
  readonly hash: string;
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
}

export interface RegistryState {
  readonly endpoints: readonly Endpoint[];
  readonly keys: readonly KeyRecord[];
}

/** What is configured, durable. Each method is one transaction, and rejects as `EventLog` does. */
export interface RegistryStore {
  load(): Promise<RegistryState>;
  /** Gives the endpoint its number, which is never used again, and its lane its start. */
  createEndpoint(endpoint: Omit<Endpoint, "number">, start: Omit<LaneRecord, "endpointNumber">): Promise<Endpoint>;
  /** `announce` is an operational event that goes into the log in the same transaction. */
  updateEndpoint(endpoint: Endpoint, announce?: PublishedEvent): Promise<void>;
  /** Removes the endpoint, its lane's record and its parked deliveries. Its attempts stay until their retention. */
  deleteEndpoint(endpointNumber: number): Promise<void>;
  putKey(key: KeyRecord): Promise<void>;
}
