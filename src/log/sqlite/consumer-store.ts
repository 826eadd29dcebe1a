import type { Consumer } from "../../core/consumer.ts";
import type { ConsumerStore } from "../consumer-store.ts";
import type { Writer } from "./writer.ts";

export class SqliteConsumerStore implements ConsumerStore {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  load(): Promise<readonly Consumer[]> {
    return this.#writer.load<readonly Consumer[]>("loadConsumers");
  }

  put(consumer: Consumer): Promise<void> {
    return this.#writer.submit<void>({ do: "document", change: { do: "putConsumer", consumer } });
  }

  remove(tenant: string, name: string): Promise<void> {
    return this.#writer.submit<void>({ do: "document", change: { do: "removeConsumer", tenant, name } });
  }
}
