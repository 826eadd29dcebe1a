import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { type TypeFilter, typeFilter } from "../core/filter.ts";
import { readExpression } from "./expression/expression.ts";

/** Types remembered of one tenant; beyond it the memory of that tenant starts anew. */
const typesRememberedMax = 10_000;
const nobody: readonly Endpoint[] = [];

interface Matched {
  readonly endpoint: Endpoint;
  readonly takesType: TypeFilter;
  /** Undefined until the first event is held against it; null where the endpoint has none. */
  filter: ((event: StoredEvent) => boolean) | null | undefined;
}

/**
 * Which endpoints an event concerns, by tenant and type. The answer is remembered, also when it is "nobody", so that an
 * event costs one look-up however many endpoints there are. Endpoints that do not run are concerned too: their cursor
 * stays, and they go on from it. What a filter says of an event is not remembered: it is asked when the event is there.
 */
export class Matching {
  readonly #endpoints = new Map<string, Map<number, Matched>>();
  readonly #remembered = new Map<string, Map<string, readonly Endpoint[]>>();

  put(endpoint: Endpoint): void {
    let ofTenant = this.#endpoints.get(endpoint.tenant);
    if (ofTenant === undefined) {
      ofTenant = new Map();
      this.#endpoints.set(endpoint.tenant, ofTenant);
    }
    const filter = endpoint.filter === null ? null : undefined;
    ofTenant.set(endpoint.number, { endpoint, takesType: typeFilter(endpoint.types), filter });
    this.#remembered.delete(endpoint.tenant);
  }

  remove(endpoint: Endpoint): void {
    const ofTenant = this.#endpoints.get(endpoint.tenant);
    ofTenant?.delete(endpoint.number);
    if (ofTenant?.size === 0) this.#endpoints.delete(endpoint.tenant);
    this.#remembered.delete(endpoint.tenant);
  }

  /** Those that have endpoints. */
  tenants(): Iterable<string> {
    return this.#endpoints.keys();
  }

  count(tenant: string): number {
    return this.#endpoints.get(tenant)?.size ?? 0;
  }

  /** The endpoints that take this type of this tenant, but for what their filters say of the very event. */
  concerned(tenant: string, type: string): readonly Endpoint[] {
    const ofTenant = this.#endpoints.get(tenant);
    if (ofTenant === undefined) return nobody;
    let remembered = this.#remembered.get(tenant);
    if (remembered === undefined || remembered.size >= typesRememberedMax) {
      remembered = new Map();
      this.#remembered.set(tenant, remembered);
    }
    let concerned = remembered.get(type);
    if (concerned === undefined) {
      concerned = [...ofTenant.values()].filter(({ takesType }) => takesType(type)).map(({ endpoint }) => endpoint);
      if (concerned.length === 0) concerned = nobody;
      remembered.set(type, concerned);
    }
    return concerned;
  }

  /** Whether the endpoint takes the event, by its type and by its filter. */
  takes(endpoint: Endpoint, event: StoredEvent): boolean {
    const matched = this.#endpoints.get(endpoint.tenant)?.get(endpoint.number);
    return matched !== undefined && event.tenant === endpoint.tenant && matched.takesType(event.type)
      ? passes(matched, event)
      : false;
  }

  /** Whether the endpoint's filter takes the event, whatever its type. */
  passes(endpoint: Endpoint, event: StoredEvent): boolean {
    const matched = this.#endpoints.get(endpoint.tenant)?.get(endpoint.number);
    return matched !== undefined && passes(matched, event);
  }
}

function passes(matched: Matched, event: StoredEvent): boolean {
  if (matched.filter === null) return true;
  matched.filter ??= filterOf(matched.endpoint);
  return matched.filter(event);
}

/** One that was stored, and can no longer be read, takes nothing, as one that has no value for an event. */
function filterOf({ filter }: Endpoint): (event: StoredEvent) => boolean {
  try {
    return readExpression(filter ?? "true");
  } catch {
    return () => false;
  }
}
