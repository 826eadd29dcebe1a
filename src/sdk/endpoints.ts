import type { CallOptions } from "./call-options.ts";
import { pathPart } from "./query.ts";
import { isNothing, isPage, isResource, type Transport } from "./transport.ts";
import type {
  Attempt,
  CreatedEndpoint,
  Endpoint,
  EndpointChange,
  NewEndpoint,
  NewReplay,
  Page,
  Place,
  Replay,
} from "./wire.ts";

export interface EndpointQuery {
  readonly tenant?: string | undefined;
  /** `next_cursor` of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/**
 * The places that events are pushed to. What makes something (`create`, `replay`, `retryDelivery`) is sent again only
 * where the server said that it did nothing; the rest as the client's policy says.
 */
export class Endpoints {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The answer is the only one that carries the secrets. */
  create(endpoint: NewEndpoint, options: CallOptions = {}): Promise<CreatedEndpoint> {
    const { tenant } = this.#transport.settings;
    const body = { ...(tenant !== undefined && { tenant }), ...endpoint };
    return this.#transport.call({
      method: "POST",
      path: "/v1/endpoints",
      body,
      repeat: "refused",
      isAnswer: isResource,
      ...options,
    });
  }

  /** Oldest first. */
  list(query: EndpointQuery = {}, options: CallOptions = {}): Promise<Page<Endpoint>> {
    const { tenant = this.#transport.settings.tenant, after, limit } = query;
    const parameters = { tenant, after, limit };
    return this.#transport.call({
      method: "GET",
      path: "/v1/endpoints",
      query: parameters,
      isAnswer: isPage,
      ...options,
    });
  }

  get(id: string, options: CallOptions = {}): Promise<Endpoint> {
    return this.#transport.call({ method: "GET", path: pathOf(id), isAnswer: isResource, ...options });
  }

  update(id: string, change: EndpointChange, options: CallOptions = {}): Promise<Endpoint> {
    return this.#transport.call({ method: "PATCH", path: pathOf(id), body: change, isAnswer: isResource, ...options });
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.call({ method: "DELETE", path: pathOf(id), isAnswer: isNothing, ...options });
  }

  async secrets(id: string, options: CallOptions = {}): Promise<readonly string[]> {
    const path = `${pathOf(id)}/secrets`;
    const { secrets } = await this.#transport.call<{ secrets: string[] }>({ method: "GET", path, ...options });
    return secrets;
  }

  /** It keeps its cursor. */
  pause(id: string, options: CallOptions = {}): Promise<Endpoint> {
    return this.#do(id, "pause", {}, options);
  }

  /** From where it stands, or from `latest`, which cancels what it missed. */
  resume(id: string, how: { readonly from?: "cursor" | "latest" } = {}, options: CallOptions = {}): Promise<Endpoint> {
    return this.#do(id, "resume", how, options);
  }

  /** Moves its cursor. */
  seek(id: string, to: Place, options: CallOptions = {}): Promise<Endpoint> {
    return this.#do(id, "seek", { to }, options);
  }

  /** Sends a range of the log to it again, beside its live traffic. */
  replay(id: string, replay: NewReplay = {}, options: CallOptions = {}): Promise<Replay> {
    const path = `${pathOf(id)}/replay`;
    return this.#transport.call({
      method: "POST",
      path,
      body: replay,
      repeat: "refused",
      isAnswer: isResource,
      ...options,
    });
  }

  /** Sends one event to it now, whatever the state of the delivery; answers when the attempt has ended. */
  retryDelivery(id: string, eventId: string, options: CallOptions = {}): Promise<Attempt> {
    const path = `${pathOf(id)}/deliveries/${pathPart(eventId)}/retry`;
    return this.#transport.call({
      method: "POST",
      path,
      body: {},
      repeat: "refused",
      isAnswer: isResource,
      ...options,
    });
  }

  #do(id: string, action: string, body: object, options: CallOptions): Promise<Endpoint> {
    const path = `${pathOf(id)}/${action}`;
    return this.#transport.call({ method: "POST", path, body, isAnswer: isResource, ...options });
  }
}

const pathOf = (id: string): string => `/v1/endpoints/${pathPart(id)}`;
