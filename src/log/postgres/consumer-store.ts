import type { Consumer } from "../../core/consumer.ts";
import type { ConsumerStore } from "../consumer-store.ts";
import type { ConfigurationWriter } from "./configuration-writer.ts";
import type { StoreParts } from "./parts.ts";

export class PostgresConsumerStore implements ConsumerStore {
  readonly #parts: StoreParts;
  readonly #writer: ConfigurationWriter;

  constructor(parts: StoreParts, writer: ConfigurationWriter) {
    this.#parts = parts;
    this.#writer = writer;
  }

  async load(): Promise<readonly Consumer[]> {
    const rows = await this.#parts.database.run("consumers-all");
    return rows.map(({ document }) => JSON.parse(document as string));
  }

  async put(consumer: Consumer): Promise<void> {
    await this.#writer.submit([{ kind: "consumer", key: keyOf(consumer), document: JSON.stringify(consumer) }]);
  }

  async remove(tenant: string, name: string): Promise<void> {
    await this.#writer.submit([{ kind: "consumer", key: keyOf({ tenant, name }), document: null }]);
  }
}

/** Neither has a space. */
const keyOf = ({ tenant, name }: Pick<Consumer, "tenant" | "name">): string => `${tenant} ${name}`;
