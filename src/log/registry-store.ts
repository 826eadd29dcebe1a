import type { Endpoint } from "../core/endpoint.ts";
import type { KeyRecord } from "../core/key.ts";
import type { LaneRecord } from "../core/lane.ts";
import type { BuiltOn } from "./configuration-changes.ts";
import type { PublishedEvent } from "./event-log.ts";

/** When a key was last used. */
export interface KeyUse {
  readonly id: string;
  readonly atMs: number;
}

export interface RegistryState {
  readonly endpoints: readonly Endpoint[];
  readonly keys: readonly KeyRecord[];
}

/**
 * What is configured, durable. Each method is one transaction, and rejects as `EventLog` does. Where `builtOn` is given,
 * and another process has changed since what it says, it rejects with a `StaleChangeError` and stores nothing. Where one
 * process owns the store, it never is.
 */
export interface RegistryStore {
  load(): Promise<RegistryState>;
  /** Gives the endpoint its number, which is never used again, and its lane its start. */
  createEndpoint(
    endpoint: Omit<Endpoint, "number">,
    start: Omit<LaneRecord, "endpointNumber">,
    builtOn?: BuiltOn,
  ): Promise<Endpoint>;
  /** `announce` is an operational event that goes into the log in the same transaction. */
  updateEndpoint(endpoint: Endpoint, announce?: PublishedEvent | null, builtOn?: BuiltOn): Promise<void>;
  /** Removes the endpoint, its lane's record and its parked deliveries. Its attempts stay until their retention. */
  deleteEndpoint(endpointNumber: number): Promise<void>;
  /** Stores the key in place of the one with the same id, if there is one. */
  putKey(key: KeyRecord, builtOn?: BuiltOn): Promise<void>;
  removeKey(id: string, builtOn?: BuiltOn): Promise<void>;
  /** Of keys that are gone meanwhile, nothing is noted. */
  noteKeyUses(uses: readonly KeyUse[]): Promise<void>;
}
