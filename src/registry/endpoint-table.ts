/** Every endpoint, as this process knows it, and who is to know of its changes. */
import type { Endpoint } from "../core/endpoint.ts";
import { Matching } from "./matching.ts";
import type { Rotation } from "./rotation.ts";
import { PublishedKeys } from "./signing-keys.ts";
import { firstAfter } from "./sorted-ids.ts";

/**
 * What changed, for those who hold an endpoint's running state. `before` is null for a new one, `after` for a deleted
 * one.
 */
export type RegistryListener = (change: {
  readonly before: Endpoint | null;
  readonly after: Endpoint | null;
  /** Where a new endpoint's lane begins; null where it has run already, which the store knows then. */
  readonly startPosition: number | null;
}) => void;

export interface EndpointQuery {
  readonly tenant?: string;
  readonly afterId?: string;
  readonly limit: number;
}

export class EndpointTable {
  readonly matching = new Matching();
  readonly publishedKeys = new PublishedKeys();
  readonly #rotation: Pick<Rotation, "put" | "remove">;
  readonly #byId = new Map<string, Endpoint>();
  readonly #byNumber = new Map<number, Endpoint>();
  /** Ids in order; ids made later sort later, so a new one is nearly always the last. */
  #ids: string[] = [];
  readonly #listeners: RegistryListener[] = [];

  constructor(rotation: Pick<Rotation, "put" | "remove">) {
    this.#rotation = rotation;
  }

  /** At the start: nobody is told. */
  load(endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints) this.#hold(endpoint);
    this.#ids = [...this.#byId.keys()].sort();
  }

  onChange(listener: RegistryListener): void {
    this.#listeners.push(listener);
  }

  get size(): number {
    return this.#byId.size;
  }

  byId(id: string): Endpoint | undefined {
    return this.#byId.get(id);
  }

  byNumber(number: number): Endpoint | undefined {
    return this.#byNumber.get(number);
  }

  values(): Iterable<Endpoint> {
    return this.#byId.values();
  }

  numbers(): number[] {
    return [...this.#byNumber.keys()];
  }

  /** In order of id, beginning after `afterId`. */
  list({ tenant, afterId, limit }: EndpointQuery): { endpoints: Endpoint[]; more: boolean } {
    const endpoints: Endpoint[] = [];
    for (let i = afterId === undefined ? 0 : firstAfter(this.#ids, afterId); i < this.#ids.length; i++) {
      const endpoint = this.#byId.get(this.#ids[i] ?? "");
      if (endpoint === undefined || (tenant !== undefined && endpoint.tenant !== tenant)) continue;
      if (endpoints.length === limit) return { endpoints, more: true };
      endpoints.push(endpoint);
    }
    return { endpoints, more: false };
  }

  /** It is new, or as it is from now on; and where a new one begins. */
  put(after: Endpoint, startPosition: number | null = null): void {
    const before = this.#byId.get(after.id) ?? null;
    this.#hold(after);
    if (before === null) this.#insertId(after.id);
    this.#tell({ before, after, startPosition });
  }

  remove(before: Endpoint): void {
    this.#byId.delete(before.id);
    this.#byNumber.delete(before.number);
    this.#ids = this.#ids.filter((known) => known !== before.id);
    this.matching.remove(before);
    this.#rotation.remove(before);
    this.publishedKeys.remove(before);
    this.#tell({ before, after: null, startPosition: null });
  }

  #hold(endpoint: Endpoint): void {
    this.#byId.set(endpoint.id, endpoint);
    this.#byNumber.set(endpoint.number, endpoint);
    this.matching.put(endpoint);
    this.#rotation.put(endpoint);
    this.publishedKeys.put(endpoint);
  }

  #tell(change: Parameters<RegistryListener>[0]): void {
    for (const listener of this.#listeners) listener(change);
  }

  #insertId(id: string): void {
    const index = firstAfter(this.#ids, id);
    if (index === this.#ids.length) this.#ids.push(id);
    else this.#ids.splice(index, 0, id);
  }
}
