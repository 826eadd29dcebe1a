import type { Consumer } from "../../core/consumer.ts";
import type { ConsumerStore } from "../consumer-store.ts";
import type { MemoryData } from "./data.ts";

/** The reference of `ConsumerStore`. */
export class MemoryConsumerStore implements ConsumerStore {
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
  }

  async load(): Promise<readonly Consumer[]> {
    this.#data.requireOpen();
    return [...this.#data.consumers.values()].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  }

  async put(consumer: Consumer): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.consumers.set(keyOf(consumer), consumer);
  }

  async remove(tenant: string, name: string): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.consumers.delete(keyOf({ tenant, name }));
  }
}

/** A space sorts before everything that a tenant's name may have. */
const keyOf = ({ tenant, name }: Pick<Consumer, "tenant" | "name">): string => `${tenant} ${name}`;
