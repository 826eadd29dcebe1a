import type { EventType } from "../../core/event-type.ts";
import type { KeyRecord } from "../../core/key.ts";
import type { Source } from "../../core/source.ts";
import type {
  ConfigurationChange,
  ConfigurationChanges,
  ConfigurationNews,
  ReadEndpoint,
} from "../configuration-changes.ts";
import type { Database } from "./database.ts";
import { endpointOf, keyOf } from "./registry-store.ts";
import { sourceOf } from "./source-store.ts";

export class PostgresConfigurationChanges implements ConfigurationChanges {
  readonly #database: Pick<Database, "run">;

  constructor(database: Pick<Database, "run">) {
    this.#database = database;
  }

  async head(): Promise<number> {
    const [row] = await this.#database.run("changes-head");
    return row?.sequence as number;
  }

  async since(sequence: number): Promise<ConfigurationNews> {
    const rows = await this.#database.run("changes-since", [sequence]);
    const head = rows[0]?.head as number;
    const changes = rows.filter((row) => row.sequence !== null) as unknown as ConfigurationChange[];
    return {
      head,
      changes: changes.map(({ sequence, kind, key }) => ({ sequence, kind, key })),
      // Sequences have no gap.
      isComplete: changes.length === head - sequence,
    };
  }

  async endpoints(numbers: readonly number[]): Promise<readonly ReadEndpoint[]> {
    const rows = await this.#database.run("endpoints-some", [numbers]);
    return rows.map((row) => ({ endpoint: endpointOf(row), readPosition: row.read_position as number | null }));
  }

  async keys(ids: readonly string[]): Promise<readonly KeyRecord[]> {
    return (await this.#database.run("keys-some", [ids])).map(keyOf);
  }

  async sources(numbers: readonly number[]): Promise<readonly Source[]> {
    return (await this.#database.run("sources-some", [numbers])).map(sourceOf);
  }

  async eventTypes(names: readonly string[]): Promise<readonly EventType[]> {
    const rows = await this.#database.run("event-types-some", [names]);
    return rows.map(({ document }) => JSON.parse(document as string));
  }
}
