import type { CallOptions } from "./call-options.ts";
import { pathPart } from "./query.ts";
import { isPage, isResource, type Transport } from "./transport.ts";
import type { NewRecovery, Page, Replay } from "./wire.ts";

export interface ReplayQuery {
  readonly endpointId?: string | undefined;
  /** `next_cursor` of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** Replays that run or ran; `endpoints.replay` starts one. */
export class Replays {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list({ endpointId, after, limit }: ReplayQuery = {}, options: CallOptions = {}): Promise<Page<Replay>> {
    const query = { endpoint_id: endpointId, after, limit };
    return this.#transport.call({ method: "GET", path: "/v1/replays", query, isAnswer: isPage, ...options });
  }

  /** Sends again what failed, at all endpoints of a tenant or, where none is named, at all: one replay for each. */
  async recover(
    recovery: NewRecovery & { readonly tenant?: string },
    options: CallOptions = {},
  ): Promise<readonly Replay[]> {
    const { tenant = this.#transport.settings.tenant, ...asked } = recovery;
    const body = { ...asked, ...(tenant !== undefined && { tenant }) };
    const path = "/v1/recover";
    const { data } = await this.#transport.call<{ data: Replay[] }>({
      method: "POST",
      path,
      body,
      repeat: "refused",
      ...options,
    });
    return data;
  }

  get(id: string, options: CallOptions = {}): Promise<Replay> {
    return this.#transport.call({ method: "GET", path: pathOf(id), isAnswer: isResource, ...options });
  }

  pause(id: string, options: CallOptions = {}): Promise<Replay> {
    return this.#do(id, "pause", options);
  }

  resume(id: string, options: CallOptions = {}): Promise<Replay> {
    return this.#do(id, "resume", options);
  }

  cancel(id: string, options: CallOptions = {}): Promise<Replay> {
    return this.#do(id, "cancel", options);
  }

  #do(id: string, action: string, options: CallOptions): Promise<Replay> {
    const path = `${pathOf(id)}/${action}`;
    return this.#transport.call({ method: "POST", path, body: {}, isAnswer: isResource, ...options });
  }
}

const pathOf = (id: string): string => `/v1/replays/${pathPart(id)}`;
