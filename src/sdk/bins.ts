import type { CallOptions } from "./call-options.ts";
import { pathPart } from "./query.ts";
import { isEventPage, isNothing, isPage, isResource, type Transport } from "./transport.ts";
import type { Bin, BinChange, BinForwarded, BinRequest, BinRequestPage, BinWithCounts, NewBin, Page } from "./wire.ts";

export interface BinQuery {
  readonly tenant?: string | undefined;
  /** `next_cursor` of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

export interface BinRequestQuery {
  /** Newest first, older than this cursor. */
  readonly before?: string | undefined;
  /** Oldest first, newer than this cursor; `earliest`, or the id of a request. */
  readonly after?: string | undefined;
  /** With `after`: seconds to wait where there is none yet. */
  readonly wait?: number | undefined;
  readonly limit?: number | undefined;
  readonly method?: string | undefined;
  /** In path, headers, body or note. */
  readonly text?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Throw-away URLs to look at requests. Each is named by its id or by its name. */
export class Bins {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Nothing needs to be said of it. */
  create(bin: NewBin = {}, options: CallOptions = {}): Promise<Bin> {
    const { tenant } = this.#transport.settings;
    const body = { ...(tenant !== undefined && { tenant }), ...bin };
    const call = { method: "POST", path: "/v1/bins", body, isAnswer: isResource, repeat: "refused" } as const;
    return this.#transport.call({ ...call, ...options });
  }

  /** Oldest first. */
  list(query: BinQuery = {}, options: CallOptions = {}): Promise<Page<Bin>> {
    const { tenant = this.#transport.settings.tenant, after, limit } = query;
    const call = { method: "GET", path: "/v1/bins", query: { tenant, after, limit }, isAnswer: isPage } as const;
    return this.#transport.call({ ...call, ...options });
  }

  get(id: string, options: CallOptions = {}): Promise<BinWithCounts> {
    return this.#transport.call({ method: "GET", path: pathOf(id), isAnswer: isResource, ...options });
  }

  update(id: string, change: BinChange, options: CallOptions = {}): Promise<Bin> {
    return this.#transport.call({ method: "PATCH", path: pathOf(id), body: change, isAnswer: isResource, ...options });
  }

  /** Its requests are shown no more. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.call({ method: "DELETE", path: pathOf(id), isAnswer: isNothing, ...options });
  }

  /** The next request is given the first answer. */
  reset(id: string, options: CallOptions = {}): Promise<Bin> {
    const path = `${pathOf(id)}/reset`;
    return this.#transport.call({ method: "POST", path, body: {}, isAnswer: isResource, ...options });
  }

  /** Newest first; with `after`, oldest first, and with `wait` as they come. */
  requests(id: string, query: BinRequestQuery = {}, options: CallOptions = {}): Promise<BinRequestPage> {
    const waitMs = (query.wait ?? 0) * 1000;
    const call = { method: "GET", path: `${pathOf(id)}/requests`, query: { ...query }, waitMs } as const;
    return this.#transport.call({ ...call, isAnswer: isEventPage, ...options });
  }

  /** With its headers, and so many bytes of its body; a quarter of a megabyte where nothing is said. */
  request(
    id: string,
    requestId: string,
    query: { readonly bodyBytesMax?: number } = {},
    options: CallOptions = {},
  ): Promise<BinRequest> {
    const path = requestPath(id, requestId);
    const call = { method: "GET", path, query: { body_bytes_max: query.bodyBytesMax }, isAnswer: isResource } as const;
    return this.#transport.call({ ...call, ...options });
  }

  /** An empty text is no note. */
  async note(id: string, requestId: string, text: string, options: CallOptions = {}): Promise<void> {
    const path = `${requestPath(id, requestId)}/note`;
    await this.#transport.call({ method: "PUT", path, body: { text }, isAnswer: isNothing, ...options });
  }

  /** It is shown no more. */
  async hide(id: string, requestId: string, options: CallOptions = {}): Promise<void> {
    const path = requestPath(id, requestId);
    await this.#transport.call({ method: "DELETE", path, isAnswer: isNothing, ...options });
  }

  /** All that came until now are shown no more. */
  async clear(id: string, options: CallOptions = {}): Promise<void> {
    const path = `${pathOf(id)}/requests`;
    await this.#transport.call({ method: "DELETE", path, isAnswer: isNothing, ...options });
  }

  /** Sends it to another URL, once, and answers what came of it. */
  forward(id: string, requestId: string, url: string, options: CallOptions = {}): Promise<BinForwarded> {
    const path = `${requestPath(id, requestId)}/forward`;
    return this.#transport.call({ method: "POST", path, body: { url }, repeat: "refused", ...options });
  }
}

const pathOf = (id: string): string => `/v1/bins/${pathPart(id)}`;
const requestPath = (id: string, requestId: string): string => `${pathOf(id)}/requests/${pathPart(requestId)}`;
