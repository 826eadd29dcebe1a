import type { EventType } from "../../core/event-type.ts";
import type { EventTypeStore } from "../event-type-store.ts";
import type { Writer } from "./writer.ts";

export class SqliteEventTypeStore implements EventTypeStore {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  load(): Promise<readonly EventType[]> {
    return this.#writer.load<readonly EventType[]>("loadEventTypes");
  }

  put(eventType: EventType): Promise<void> {
    return this.#writer.submit<void>({ do: "document", change: { do: "putEventType", eventType } });
  }

  remove(name: string): Promise<void> {
    return this.#writer.submit<void>({ do: "document", change: { do: "removeEventType", name } });
  }
}
