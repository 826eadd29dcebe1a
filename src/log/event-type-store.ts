import type { EventType } from "../core/event-type.ts";
import type { BuiltOn } from "./configuration-changes.ts";

/**
 * The catalogue of event types, durable. Each method is one transaction, and rejects as `EventLog` does; where `builtOn`
 * is given, as `RegistryStore` does.
 */
export interface EventTypeStore {
  load(): Promise<readonly EventType[]>;
  /** Stores the event type in place of the one of the same name, if there is one. */
  put(eventType: EventType, builtOn?: BuiltOn): Promise<void>;
  remove(name: string, builtOn?: BuiltOn): Promise<void>;
}
