import type { EventType } from "../../core/event-type.ts";
import type { EventTypeStore } from "../event-type-store.ts";
import type { MemoryData } from "./data.ts";

/** The reference of `EventTypeStore`. */
export class MemoryEventTypeStore implements EventTypeStore {
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
  }

  async load(): Promise<readonly EventType[]> {
    this.#data.requireOpen();
    return [...this.#data.eventTypes.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  async put(eventType: EventType): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.eventTypes.set(eventType.name, eventType);
  }

  async remove(name: string): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.eventTypes.delete(name);
  }
}
