import type { Endpoint } from "../core/endpoint.ts";
import { type TypeFilter, typeFilter } from "../core/filter.ts";

/** Types remembered of one tenant; beyond it the memory of that tenant starts anew. */
const typesRememberedMax = 10_000;
const nobody: readonly Endpoint[] = [];

/**
 * Which endpoints an event concerns, by tenant and type. The answer is remembered, also when it is "nobody", so that an
 * event costs one look-up however many endpoints there are. Endpoints that do not run are concerned too: their cursor
 * stays, and they go on from it.
 */
export class Matching {
  readonly #endpoints = new Map<string, Map<number, { endpoint: Endpoint; takes: TypeFilter }>>();
  readonly #remembered = new Map<string, Map<string, readonly Endpoint[]>>();

  put(endpoint: Endpoint): void {
    let ofTenant = this.#endpoints.get(endpoint.tenant);
    if (ofTenant === undefined) {
      ofTenant = new Map();
      this.#endpoints.set(endpoint.tenant, ofTenant);
    }
    ofTenant.set(endpoint.number, { endpoint, takes: typeFilter(endpoint.types) });
    this.#remembered.delete(endpoint.tenant);
  }

  remove(endpoint: Endpoint): void {
    const ofTenant = this.#endpoints.get(endpoint.tenant);
    ofTenant?.delete(endpoint.number);
    if (ofTenant?.size === 0) this.#endpoints.delete(endpoint.tenant);
    this.#remembered.delete(endpoint.tenant);
  }

  count(tenant: string): number {
    return this.#endpoints.get(tenant)?.size ?? 0;
  }

  /** The endpoints whose filter takes this type of this tenant. */
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
      concerned = [...ofTenant.values()].filter(({ takes }) => takes(type)).map(({ endpoint }) => endpoint);
      if (concerned.length === 0) concerned = nobody;
      remembered.set(type, concerned);
    }
    return concerned;
  }

  takes(endpoint: Endpoint, type: string): boolean {
    return this.#endpoints.get(endpoint.tenant)?.get(endpoint.number)?.takes(type) ?? false;
  }
}
