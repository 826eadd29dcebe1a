import type { EventType } from "../../core/event-type.ts";
import type { KeyRecord } from "../../core/key.ts";
import type { Source } from "../../core/source.ts";
import {
  type BuiltOn,
  type ConfigurationChanges,
  type ConfigurationKind,
  type ConfigurationNews,
  type ReadEndpoint,
  StaleChangeError,
} from "../configuration-changes.ts";
import type { KeptChange, MemoryData } from "./data.ts";

/** So many changes are known, and none before them. */
const changesKept = 10_000;

/** The reference of `ConfigurationChanges`: one of each store, which is the writer of what that store changes. */
export class MemoryConfigurationChanges implements ConfigurationChanges {
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
  }

  /** Refuses with a `StaleChangeError`. `key` is null for what is new. */
  require(kind: ConfigurationKind, key: string | null, builtOn: BuiltOn | undefined): void {
    if (builtOn === undefined) return;
    const { through, kinds } = builtOn;
    const { changes } = this.#data;
    const head = changes.at(-1)?.sequence ?? 0;
    const isTouched = changes.some(
      (change) =>
        change.sequence > through &&
        change.writer !== this &&
        ((change.kind === kind && change.key === key) || kinds.includes(change.kind)),
    );
    if (isTouched || through > head || through < head - changesKept) throw new StaleChangeError();
  }

  /** This store changed something. */
  note(kind: ConfigurationKind, key: string | number): void {
    if (this.#data.shards.length === 1) return;
    const { changes } = this.#data;
    const change: KeptChange = { sequence: (changes.at(-1)?.sequence ?? 0) + 1, kind, key: String(key), writer: this };
    changes.push(change);
    if (changes.length > changesKept) changes.shift();
    this.#data.pulse("configuration");
  }

  async head(): Promise<number> {
    this.#data.requireOpen();
    return this.#data.changes.at(-1)?.sequence ?? 0;
  }

  async since(sequence: number): Promise<ConfigurationNews> {
    const head = await this.head();
    const changes = this.#data.changes.filter((change) => change.sequence > sequence);
    return {
      head,
      changes: changes.map(({ sequence, kind, key }) => ({ sequence, kind, key })),
      isComplete: changes.length === head - sequence,
    };
  }

  async endpoints(numbers: readonly number[]): Promise<readonly ReadEndpoint[]> {
    return some(this.#data.endpoints, numbers).map((endpoint) => {
      return { endpoint, readPosition: this.#data.lanes.get(endpoint.number)?.readPosition ?? null };
    });
  }

  async keys(ids: readonly string[]): Promise<readonly KeyRecord[]> {
    return some(this.#data.keys, ids);
  }

  async sources(numbers: readonly number[]): Promise<readonly Source[]> {
    return some(this.#data.sources, numbers);
  }

  async eventTypes(names: readonly string[]): Promise<readonly EventType[]> {
    return some(this.#data.eventTypes, names);
  }
}

const some = <Key, Value>(values: ReadonlyMap<Key, Value>, keys: readonly Key[]): Value[] =>
  keys.map((key) => values.get(key)).filter((value) => value !== undefined);
