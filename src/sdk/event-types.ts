import type { CallOptions } from "./call-options.ts";
import { pathPart } from "./query.ts";
import { isNothing, isPage, isResource, type Transport } from "./transport.ts";
import type { EventType, NewEventType, Page } from "./wire.ts";

export interface EventTypeQuery {
  readonly group?: string | undefined;
  /** Those that are archived, or all; those that are not where absent. */
  readonly archived?: "true" | "false" | "all" | undefined;
  /** `next_cursor` of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** The catalogue of event types: one for all tenants. */
export class EventTypes {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes it, or puts it in the place of the one that is there. */
  put(name: string, eventType: NewEventType, options: CallOptions = {}): Promise<EventType> {
    return this.#transport.call({
      method: "PUT",
      path: pathOf(name),
      body: eventType,
      isAnswer: isResource,
      ...options,
    });
  }

  /** By name. */
  list(query: EventTypeQuery = {}, options: CallOptions = {}): Promise<Page<EventType>> {
    const { group, archived, after, limit } = query;
    return this.#transport.call({
      method: "GET",
      path: "/v1/event-types",
      query: { group, archived, after, limit },
      isAnswer: isPage,
      ...options,
    });
  }

  get(name: string, options: CallOptions = {}): Promise<EventType> {
    return this.#transport.call({ method: "GET", path: pathOf(name), isAnswer: isResource, ...options });
  }

  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.call({ method: "DELETE", path: pathOf(name), isAnswer: isNothing, ...options });
  }
}

const pathOf = (name: string): string => `/v1/event-types/${pathPart(name)}`;
