import type { EventType } from "../../core/event-type.ts";
import type { BuiltOn } from "../configuration-changes.ts";
import type { EventTypeStore } from "../event-type-store.ts";
import type { MemoryConfigurationChanges } from "./configuration-changes.ts";
import type { MemoryData } from "./data.ts";

/** The reference of `EventTypeStore`. */
export class MemoryEventTypeStore implements EventTypeStore {
  readonly #data: MemoryData;
  readonly #changes: MemoryConfigurationChanges;

  constructor(data: MemoryData, changes: MemoryConfigurationChanges) {
    this.#data = data;
    this.#changes = changes;
  }

  async load(): Promise<readonly EventType[]> {
    this.#data.requireOpen();
    return [...this.#data.eventTypes.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  async put(eventType: EventType, builtOn?: BuiltOn): Promise<void> {
    const { name } = eventType;
    this.#data.requireOpen();
    this.#changes.require("event_type", name, builtOn);
    this.#data.commits += 1;
    this.#data.eventTypes.set(name, eventType);
    this.#changes.note("event_type", name);
  }

  async remove(name: string, builtOn?: BuiltOn): Promise<void> {
    this.#data.requireOpen();
    this.#changes.require("event_type", name, builtOn);
    this.#data.commits += 1;
    if (this.#data.eventTypes.delete(name)) this.#changes.note("event_type", name);
  }
}
