import type { CallOptions } from "./call-options.ts";
import type { Transport } from "./transport.ts";
import type { NewPortalLink, PortalLink } from "./wire.ts";

/** Links that show a tenant its own endpoints, events and attempts. */
export class PortalLinks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Not sent again after a failure in the middle: it would be another link. */
  create(link: NewPortalLink = {}, options: CallOptions = {}): Promise<PortalLink> {
    const call = { method: "POST", path: "/v1/portal-links", body: link, isAnswer: isLink } as const;
    return this.#transport.call({ ...call, repeat: "refused", ...options });
  }
}

const isLink = (answer: unknown): boolean => typeof (answer as PortalLink | null)?.token === "string";
