import type { Consumer } from "../core/consumer.ts";

/**
 * Named consumers, durable. Each method is one transaction, shared with whatever waits, and rejects as `EventLog` does.
 */
export interface ConsumerStore {
  load(): Promise<readonly Consumer[]>;
  /** Stores the consumer in place of the one of the same tenant and name, if there is one. */
  put(consumer: Consumer): Promise<void>;
  remove(tenant: string, name: string): Promise<void>;
}
