import type { Endpoint } from "../../core/endpoint.ts";
import type { KeyRecord } from "../../core/key.ts";
import type { LaneRecord } from "../../core/lane.ts";
import type { PublishedEvent } from "../event-log.ts";
import type { KeyUse, RegistryState, RegistryStore } from "../registry-store.ts";
import type { Writer } from "./writer.ts";

export class SqliteRegistryStore implements RegistryStore {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  load(): Promise<RegistryState> {
    return this.#writer.load<RegistryState>("loadRegistry");
  }

  async createEndpoint(
    endpoint: Omit<Endpoint, "number">,
    start: Omit<LaneRecord, "endpointNumber">,
  ): Promise<Endpoint> {
    const change = { do: "createEndpoint", endpoint, start } as const;
    const number = await this.#writer.submit<number>({ do: "change", change, announce: null });
    return { ...endpoint, number };
  }

  async updateEndpoint(endpoint: Endpoint, announce?: PublishedEvent): Promise<void> {
    const change = { do: "updateEndpoint", endpoint } as const;
    await this.#writer.submit({ do: "change", change, announce: announce ?? null });
  }

  async deleteEndpoint(endpointNumber: number): Promise<void> {
    const change = { do: "deleteEndpoint", endpointNumber } as const;
    await this.#writer.submit({ do: "change", change, announce: null });
  }

  async putKey(key: KeyRecord): Promise<void> {
    await this.#writer.submit({ do: "change", change: { do: "putKey", key }, announce: null });
  }

  async removeKey(id: string): Promise<void> {
    await this.#writer.submit({ do: "change", change: { do: "removeKey", id }, announce: null });
  }

  async noteKeyUses(uses: readonly KeyUse[]): Promise<void> {
    await this.#writer.submit({ do: "change", change: { do: "noteKeyUses", uses }, announce: null });
  }
}
