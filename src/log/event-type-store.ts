import type { EventType } from "../core/event-type.ts";

/** The catalogue of event types, durable. Each method is one transaction, and rejects as `EventLog` does. */
export interface EventTypeStore {
  load(): Promise<readonly EventType[]>;
  /** Stores the event type in place of the one of the same name, if there is one. */
  put(eventType: EventType): Promise<void>;
  remove(name: string): Promise<void>;
}
