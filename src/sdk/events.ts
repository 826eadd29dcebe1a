import type { CallOptions } from "./call-options.ts";
import { pathPart } from "./query.ts";
import { restAfterEmpty } from "./rest-after-empty.ts";
import { isEventPage, isResource, type Transport } from "./transport.ts";
import type {
  EventPage,
  EventWithDeliveries,
  FilterTest,
  FilterTestResult,
  Place,
  ReceivedRequest,
  TrotlineEvent,
} from "./wire.ts";

/** Which events, wherever they are read. */
export interface EventSelection {
  readonly tenant?: string | undefined;
  /** Patterns, such as `order.*`; every type where absent. */
  readonly types?: readonly string[] | undefined;
  /** An expression in CEL that events must satisfy, such as `data.total > 100`. */
  readonly filter?: string | undefined;
  readonly subject?: string | undefined;
  /** In their id, type, subject or data; upper and lower case are one. */
  readonly text?: string | undefined;
  /** Accepted then or later: a time of RFC 3339. */
  readonly since?: string | undefined;
  /** Accepted before. */
  readonly until?: string | undefined;
}

export interface EventQuery extends EventSelection {
  /** `earliest` where absent; with `desc`, the end of the log. */
  readonly after?: Place | undefined;
  /** Events of a page: 1 to 1000, 100 where absent. */
  readonly limit?: number | undefined;
  /** Seconds, 0 to 60, for which an empty page is held until an event comes; 0 where absent. */
  readonly wait?: number | undefined;
  /** `desc` reads back from `after`. */
  readonly order?: "asc" | "desc" | undefined;
  /** `request`: with the requests that received events came with. */
  readonly include?: "request" | undefined;
}

export interface FollowOptions extends EventSelection, CallOptions {
  /** `earliest` where absent. */
  readonly after?: Place | undefined;
  readonly limit?: number | undefined;
}

const followWaitSeconds = 30;

/** The log, read from any place. */
export class Events {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** One page. Rejects with `TrotlineCursorError` where `after` is not in the log any more. */
  list<Data = unknown>(query: EventQuery = {}, options: CallOptions = {}): Promise<EventPage<Data>> {
    return this.#page(query, options.signal, "bounded");
  }

  /** Pages up to the end of the log. */
  async *pages<Data = unknown>(
    query: EventQuery = {},
    options: CallOptions = {},
  ): AsyncGenerator<EventPage<Data>, void, undefined> {
    let page = await this.list<Data>(query, options);
    yield page;
    while (page.has_more) {
      page = await this.list<Data>({ ...query, after: page.next_cursor }, options);
      yield page;
    }
  }

  /** Events up to the end of the log. */
  async *iterate<Data = unknown>(
    query: EventQuery = {},
    options: CallOptions = {},
  ): AsyncGenerator<TrotlineEvent<Data>, void, undefined> {
    for await (const page of this.pages<Data>(query, options)) yield* page.data;
  }

  /**
   * Events up to the end of the log, and then as they come, through restarts and failures of the network, until the
   * signal is aborted: then it ends. Whoever keeps an event's `cursor` goes on from there with `after`.
   */
  async *follow<Data = unknown>(options: FollowOptions = {}): AsyncGenerator<TrotlineEvent<Data>, void, undefined> {
    const { signal, ...query } = options;
    try {
      // Not held: `latest` is to be a cursor from the beginning, also where the next request fails.
      let page = await this.#page<Data>(query, signal, "endless");
      for (;;) {
        for (const event of page.data) {
          if (signal?.aborted) return;
          yield event;
        }
        const startMs = performance.now();
        const wait = followWaitSeconds;
        page = await this.#page<Data>({ ...query, after: page.next_cursor, wait }, signal, "endless");
        await restAfterEmpty(page, { startMs, waitSeconds: wait, signal });
      }
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }

  /** One event, and where it went. */
  get<Data = unknown>(
    id: string,
    options: CallOptions & { readonly tenant?: string | undefined } = {},
  ): Promise<EventWithDeliveries<Data>> {
    const { tenant = this.#transport.settings.tenant, signal } = options;
    const path = `/v1/events/${pathPart(id)}`;
    return this.#transport.call({ method: "GET", path, query: { tenant }, signal, isAnswer: isResource });
  }

  /** The request that a received event came with. */
  request(id: string, options: CallOptions & { readonly tenant?: string | undefined } = {}): Promise<ReceivedRequest> {
    const { tenant = this.#transport.settings.tenant, signal } = options;
    const path = `/v1/events/${pathPart(id)}/request`;
    return this.#transport.call({ method: "GET", path, query: { tenant }, signal, isAnswer: isRequest });
  }

  /** Tries a filter on the newest events; nothing is stored or sent. */
  testFilter(test: FilterTest, { signal }: CallOptions = {}): Promise<FilterTestResult> {
    const { tenant } = this.#transport.settings;
    const body = { ...(tenant !== undefined && { tenant }), ...test };
    return this.#transport.call({
      method: "POST",
      path: "/v1/filters/test",
      body,
      signal,
      isAnswer: isFilterTestResult,
    });
  }

  #page<Data>(
    query: EventQuery,
    signal: AbortSignal | undefined,
    repeat: "bounded" | "endless",
  ): Promise<EventPage<Data>> {
    const { tenant = this.#transport.settings.tenant, ...asked } = query;
    const { after, limit, wait, types, filter, subject, text, since, until, order, include } = asked;
    return this.#transport.call({
      method: "GET",
      path: "/v1/events",
      query: { tenant, after, limit, wait, types, filter, subject, text, since, until, order, include },
      waitMs: (asked.wait ?? 0) * 1000,
      repeat,
      signal,
      isAnswer: isEventPage,
    });
  }
}

const isRequest = (json: unknown): boolean => Array.isArray((json as ReceivedRequest | null)?.headers);

const isFilterTestResult = (json: unknown): boolean => Array.isArray((json as FilterTestResult | null)?.data);
