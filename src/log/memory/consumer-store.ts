import type { Consumer, Lease } from "../../core/consumer.ts";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type {
  ConsumerAnswer,
  ConsumerDecision,
  ConsumerKey,
  ConsumerStore,
  KeptConsumer,
  LeaseLasts,
  SharedConsumerStore,
} from "../consumer-store.ts";
import type { MemoryData } from "./data.ts";

/** The reference of `ConsumerStore`, and of `SharedConsumerStore` for several stores that share their data. */
export class MemoryConsumerStore implements ConsumerStore {
  readonly shared?: SharedConsumerStore;
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
    if (data.shards.length > 1) this.shared = new MemorySharedConsumers(data);
  }

  async load(): Promise<readonly Consumer[]> {
    this.#data.requireOpen();
    return inOrder(this.#data).map(({ consumer }) => consumer);
  }

  async put(consumer: Consumer): Promise<void> {
    keep(this.#data, consumer, { lease: null });
  }

  async remove(tenant: string, name: string): Promise<void> {
    this.#data.requireOpen();
    this.#data.commits += 1;
    this.#data.consumers.delete(keyOf({ tenant, name }));
    this.#data.pulse("consumers");
  }
}

class MemorySharedConsumers implements SharedConsumerStore {
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
  }

  async find(keys: readonly ConsumerKey[]) {
    this.#data.requireOpen();
    const kept = keys.map((key) => this.#data.consumers.get(keyOf(key)) ?? null);
    return { kept, nowMs: this.#data.clock.steadyMs() };
  }

  async page({ tenant, after, limit }: { tenant: string | null; after: ConsumerKey | null; limit: number }) {
    this.#data.requireOpen();
    const isAsked = ({ consumer }: KeptConsumer): boolean =>
      (tenant === null || consumer.tenant === tenant) && (after === null || keyOf(consumer) > keyOf(after));
    return { kept: inOrder(this.#data).filter(isAsked).slice(0, limit), nowMs: this.#data.clock.steadyMs() };
  }

  async configure(consumer: Consumer, over: number | null): Promise<ConsumerAnswer> {
    this.#data.requireOpen();
    const before = this.#data.consumers.get(keyOf(consumer)) ?? null;
    if ((before?.version ?? null) !== over) return this.#answer(false, before);
    if (before === null) this.#requireRoom(consumer.tenant);
    const { position, told } = before?.consumer ?? consumer;
    const kept = keep(this.#data, withTold({ ...consumer, position }, told), { lease: before?.lease ?? null });
    return this.#answer(true, kept);
  }

  async decide({ position, lease, lasts, told, isNews, ...seen }: ConsumerDecision): Promise<ConsumerAnswer> {
    this.#data.requireOpen();
    const before = this.#data.consumers.get(keyOf(seen)) ?? null;
    if (before?.version !== seen.version || before.turn !== seen.turn) return this.#answer(false, before);
    const consumer = withTold({ ...before.consumer, position }, told);
    const kept = { ...before, consumer, lease: this.#from(lease, lasts, before.lease), turn: before.turn + 1 };
    this.#data.commits += 1;
    this.#data.consumers.set(keyOf(seen), kept);
    if (isNews) this.#data.pulse("consumers");
    return this.#answer(true, kept);
  }

  #from(lease: Lease | null, { forMs, servingForMs }: LeaseLasts, before: Lease | null): Lease | null {
    const nowMs = this.#data.clock.steadyMs();
    const at = (inMs: number | null, kept = nowMs): number => (inMs === null ? kept : nowMs + inMs);
    const untilMs = at(forMs, before?.untilMs);
    return lease && { ...lease, untilMs, servingUntilMs: at(servingForMs, before?.servingUntilMs) };
  }

  #answer(isTaken: boolean, kept: KeptConsumer | null): ConsumerAnswer {
    return { isTaken, kept, nowMs: this.#data.clock.steadyMs() };
  }

  #requireRoom(tenant: string): void {
    const count = inOrder(this.#data).filter(({ consumer }) => consumer.tenant === tenant).length;
    if (count < limits.consumersPerTenant) return;
    throw new TrotlineError("consumer-limit", `The tenant \`${tenant}\` has ${count} consumers already.`);
  }
}

function keep(data: MemoryData, consumer: Consumer, { lease }: Pick<KeptConsumer, "lease">): KeptConsumer {
  data.requireOpen();
  data.commits += 1;
  data.consumerVersions += 1;
  const kept = { consumer, lease, version: data.consumerVersions, turn: 0 };
  data.consumers.set(keyOf(consumer), kept);
  data.pulse("consumers");
  return kept;
}

const inOrder = (data: MemoryData): KeptConsumer[] =>
  [...data.consumers].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, kept]) => kept);

function withTold({ told: _, ...consumer }: Consumer, told: Consumer["told"]): Consumer {
  return told === undefined ? consumer : { ...consumer, told };
}

/** A space sorts before everything that a tenant's name may have. */
const keyOf = ({ tenant, name }: ConsumerKey): string => `${tenant} ${name}`;
