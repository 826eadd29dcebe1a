import { type Endpoint, storedEndpoint } from "../../core/endpoint.ts";
import type { KeyRecord } from "../../core/key.ts";
import type { LaneRecord } from "../../core/lane.ts";
import type { BuiltOn } from "../configuration-changes.ts";
import type { PublishedEvent } from "../event-log.ts";
import type { KeyUse, RegistryState, RegistryStore } from "../registry-store.ts";
import { builtOn as basis, type ConfigurationWriter } from "./configuration-writer.ts";
import type { Row } from "./database.ts";
import { LeavingEndpoints } from "./leaving-endpoints.ts";
import type { StoreParts } from "./parts.ts";

export class PostgresRegistryStore implements RegistryStore {
  readonly #parts: StoreParts;
  readonly #writer: ConfigurationWriter;
  readonly #leaving: LeavingEndpoints;

  constructor(parts: StoreParts, writer: ConfigurationWriter) {
    this.#parts = parts;
    this.#writer = writer;
    this.#leaving = new LeavingEndpoints(parts);
  }

  async load(): Promise<RegistryState> {
    const { database } = this.#parts;
    const [endpoints, keys] = await Promise.all([database.run("endpoints-all"), database.run("keys-all")]);
    this.#leaving.goOn();
    return { endpoints: endpoints.map(endpointOf), keys: keys.map(keyOf) };
  }

  async createEndpoint(
    endpoint: Omit<Endpoint, "number">,
    start: Omit<LaneRecord, "endpointNumber">,
    builtOn?: BuiltOn,
  ): Promise<Endpoint> {
    const lane = start.behind || start.health !== null ? start : null;
    const number = await this.#writer.submit([
      { kind: "endpoint", key: null, document: JSON.stringify(endpoint), lane, ...basis(builtOn) },
    ]);
    return { ...endpoint, number };
  }

  async updateEndpoint(endpoint: Endpoint, announce?: PublishedEvent | null, builtOn?: BuiltOn): Promise<void> {
    const { number, ...members } = endpoint;
    const change = { kind: "endpoint", key: String(number), document: JSON.stringify(members) } as const;
    await this.#writer.submit([{ ...change, ...basis(builtOn) }], announce ?? null);
  }

  /** Of very many parked deliveries, most are removed when the deletion is answered already. */
  async deleteEndpoint(endpointNumber: number): Promise<void> {
    await this.#writer.submit([{ kind: "endpoint", key: String(endpointNumber), document: null }]);
    this.#leaving.goOn();
  }

  async putKey(key: KeyRecord, builtOn?: BuiltOn): Promise<void> {
    const change = { kind: "key", key: key.id, document: JSON.stringify(key) } as const;
    await this.#writer.submit([{ ...change, ...basis(builtOn) }]);
  }

  async removeKey(id: string, builtOn?: BuiltOn): Promise<void> {
    await this.#writer.submit([{ kind: "key", key: id, document: null, ...basis(builtOn) }]);
  }

  async noteKeyUses(uses: readonly KeyUse[]): Promise<void> {
    await this.#writer.submit(uses.map(({ id, atMs }) => ({ kind: "key_use", key: id, document: String(atMs) })));
  }
}

export const endpointOf = ({ number, document }: Row): Endpoint =>
  storedEndpoint(JSON.parse(document as string), number as number);

export const keyOf = ({ document, last_used_at_ms }: Row): KeyRecord => ({
  ...JSON.parse(document as string),
  lastUsedAtMs: last_used_at_ms,
});
