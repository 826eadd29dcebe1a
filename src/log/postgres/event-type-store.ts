import type { EventType } from "../../core/event-type.ts";
import type { BuiltOn } from "../configuration-changes.ts";
import type { EventTypeStore } from "../event-type-store.ts";
import { builtOn as basis, type ConfigurationWriter } from "./configuration-writer.ts";
import type { StoreParts } from "./parts.ts";

export class PostgresEventTypeStore implements EventTypeStore {
  readonly #parts: StoreParts;
  readonly #writer: ConfigurationWriter;

  constructor(parts: StoreParts, writer: ConfigurationWriter) {
    this.#parts = parts;
    this.#writer = writer;
  }

  async load(): Promise<readonly EventType[]> {
    const rows = await this.#parts.database.run("event-types-all");
    return rows.map(({ document }) => JSON.parse(document as string));
  }

  async put(eventType: EventType, builtOn?: BuiltOn): Promise<void> {
    const change = { kind: "event_type", key: eventType.name, document: JSON.stringify(eventType) } as const;
    await this.#writer.submit([{ ...change, ...basis(builtOn) }]);
  }

  async remove(name: string, builtOn?: BuiltOn): Promise<void> {
    await this.#writer.submit([{ kind: "event_type", key: name, document: null, ...basis(builtOn) }]);
  }
}
