import type { CallOptions } from "./call-options.ts";
import { pathPart } from "./query.ts";
import { isPage, isResource, type Transport } from "./transport.ts";
import type { Attempt, ErrorClass, Page } from "./wire.ts";

export interface AttemptQuery {
  readonly endpointId?: string | undefined;
  readonly eventId?: string | undefined;
  /** Of the event. */
  readonly tenant?: string | undefined;
  /** `delivered`, `failed`, an HTTP status such as 503, or a class of them such as `5xx`. */
  readonly status?: string | number | undefined;
  readonly errorClass?: ErrorClass | undefined;
  /** Started then or later: a time of RFC 3339. */
  readonly since?: string | undefined;
  /** Started before. */
  readonly until?: string | undefined;
  /** `next_cursor` of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** What was sent to endpoints, and what came of it. */
export class Attempts {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. */
  list(query: AttemptQuery = {}, options: CallOptions = {}): Promise<Page<Attempt>> {
    const { endpointId, eventId, tenant = this.#transport.settings.tenant, errorClass, ...rest } = query;
    const { status, since, until, after, limit } = rest;
    return this.#transport.call({
      method: "GET",
      path: "/v1/attempts",
      query: {
        endpoint_id: endpointId,
        event_id: eventId,
        tenant,
        error_class: errorClass,
        status,
        since,
        until,
        after,
        limit,
      },
      isAnswer: isPage,
      ...options,
    });
  }

  get(id: string, options: CallOptions = {}): Promise<Attempt> {
    const path = `/v1/attempts/${pathPart(id)}`;
    return this.#transport.call({ method: "GET", path, isAnswer: isResource, ...options });
  }
}
