import type { Consumer } from "../../core/consumer.ts";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type {
  ConsumerAnswer,
  ConsumerDecision,
  ConsumerKey,
  ConsumerStore,
  KeptConsumer,
  KeptPage,
  SharedConsumerStore,
} from "../consumer-store.ts";
import type { EventLog } from "../event-log.ts";
import type { ConfigurationWriter } from "./configuration-writer.ts";
import { ConsumerDecisions } from "./consumer-decisions.ts";
import { consumerOf, keptOf } from "./consumer-rows.ts";
import type { StoreParts } from "./parts.ts";

/** Behind the name of every tenant. */
const lastTenant = "\u{10ffff}";

export class PostgresConsumerStore implements ConsumerStore, SharedConsumerStore {
  readonly shared = this;
  readonly #parts: StoreParts;
  readonly #writer: ConfigurationWriter;
  readonly #decisions: ConsumerDecisions;

  constructor(parts: StoreParts, writer: ConfigurationWriter, log: Pick<EventLog, "bounds">) {
    this.#parts = parts;
    this.#writer = writer;
    this.#decisions = new ConsumerDecisions(parts, log);
  }

  async load(): Promise<readonly Consumer[]> {
    return (await this.#parts.database.run("consumers-all")).map(consumerOf);
  }

  async put(consumer: Consumer): Promise<void> {
    await this.#writer.submit([{ kind: "consumer", key: keyOf(consumer), document: JSON.stringify(consumer) }]);
  }

  async remove(tenant: string, name: string): Promise<void> {
    await this.#writer.submit([{ kind: "consumer", key: keyOf({ tenant, name }), document: null }]);
  }

  async find(keys: readonly ConsumerKey[]): Promise<KeptPage<KeptConsumer | null>> {
    const columns = [keys.map(({ tenant }) => tenant), keys.map(({ name }) => name)];
    const rows = await this.#parts.database.run("consumers-find", columns);
    return { kept: rows.map(keptOf), nowMs: Number(rows[0]?.now_ms) };
  }

  async page(query: { tenant: string | null; after: ConsumerKey | null; limit: number }): Promise<KeptPage> {
    const { tenant, after, limit } = query;
    const range = [after?.tenant ?? tenant ?? "", after?.name ?? "", tenant ?? lastTenant, limit];
    const rows = await this.#parts.database.run("consumers-page", range);
    return { kept: rows.flatMap((row) => keptOf(row) ?? []), nowMs: Number(rows[0]?.now_ms) };
  }

  async configure(consumer: Consumer, over: number | null): Promise<ConsumerAnswer> {
    const { tenant, name, position } = consumer;
    const wanted = [tenant, name, JSON.stringify(consumer), position, over, limits.consumersPerTenant];
    const [row = {}] = await this.#parts.write((run) => run("consumer-configure", wanted));
    if (row.outcome === "full") {
      const detail = `The tenant \`${tenant}\` has ${limits.consumersPerTenant} consumers already.`;
      throw new TrotlineError("consumer-limit", detail);
    }
    this.#parts.pulse.ring();
    return { isTaken: row.outcome === "taken", kept: keptOf(row), nowMs: Number(row.now_ms) };
  }

  decide(decision: ConsumerDecision): Promise<ConsumerAnswer> {
    return this.#decisions.submit(decision);
  }

  /** Takes no more decisions, and finishes those that were taken. */
  close(): Promise<void> {
    return this.#decisions.close();
  }
}

/** Neither has a space. */
const keyOf = ({ tenant, name }: ConsumerKey): string => `${tenant} ${name}`;
