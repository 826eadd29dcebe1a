/** Which consumers there are depends on the store: whether this process is the only one that reads from it. */
import type { Consumers, ConsumersOptions } from "./consumers.ts";
import { SharedConsumers } from "./shared-consumers.ts";
import { SoleConsumers } from "./sole-consumers.ts";

export async function loadConsumers(options: ConsumersOptions): Promise<Consumers> {
  const { shared } = options.store;
  return shared === undefined ? SoleConsumers.load(options) : new SharedConsumers({ ...options, shared });
}
