import type { CallOptions } from "./call-options.ts";
import { isPage, type Transport } from "./transport.ts";
import type { Page, Tenant } from "./wire.ts";

/** Tenants that something configured names. */
export class Tenants {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(
    { after, limit }: { readonly after?: string | undefined; readonly limit?: number | undefined } = {},
    options: CallOptions = {},
  ): Promise<Page<Tenant>> {
    const query = { after, limit };
    return this.#transport.call({ method: "GET", path: "/v1/tenants", query, isAnswer: isPage, ...options });
  }
}
