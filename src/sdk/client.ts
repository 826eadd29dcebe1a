/**
 * The client of a Trotline server: publishing, reading the log as a named consumer or without, and managing endpoints.
 * It needs nothing but web standards (fetch, AbortSignal, TextEncoder, crypto, URL): Node 20 and later, browsers, edge
 * runtimes.
 */
import { Attempts } from "./attempts.ts";
import { Bins } from "./bins.ts";
import type { CallOptions } from "./call-options.ts";
import { consume } from "./consume.ts";
import { Consumers } from "./consumers.ts";
import { Endpoints } from "./endpoints.ts";
import { EventTypes } from "./event-types.ts";
import { Events } from "./events.ts";
import { Keys } from "./keys.ts";
import type { ReadingOptions } from "./leased-reader.ts";
import { settingsOf, type TrotlineOptions } from "./options.ts";
import { PortalLinks } from "./portal-links.ts";
import { type Handler, type ProcessOptions, processEvents } from "./process.ts";
import { PublishQueue } from "./publish-queue.ts";
import { Replays } from "./replays.ts";
import { Sources } from "./sources.ts";
import { isStatistics, type StatisticsQuery, statisticsParameters } from "./statistics.ts";
import { Tenants } from "./tenants.ts";
import { isCluster, Transport } from "./transport.ts";
import type { Cluster, NewEvent, PublishedEvent, Statistics, TrotlineEvent } from "./wire.ts";

export { type RefusedItem, TrotlineApiError, TrotlineCursorError } from "./api-error.ts";
export type { AttemptQuery } from "./attempts.ts";
export type { BinQuery, BinRequestQuery } from "./bins.ts";
export type { CallOptions } from "./call-options.ts";
export { TrotlineConnectionError } from "./connection-error.ts";
export type { ConsumerQuery } from "./consumers.ts";
export type { EndpointQuery } from "./endpoints.ts";
export type { EventTypeQuery } from "./event-types.ts";
export type { EventQuery, EventSelection, FollowOptions } from "./events.ts";
export type { KeyQuery } from "./keys.ts";
export type { ReadingOptions as ConsumeOptions } from "./leased-reader.ts";
export type { RetryNotice, TrotlineOptions } from "./options.ts";
export type { AfterError, Handler, ProcessOptions } from "./process.ts";
export type { ReplayQuery } from "./replays.ts";
export { defaultRetryPolicy, type RetryPolicy } from "./retry-policy.ts";
export type { ReceiptQuery, SourceQuery } from "./sources.ts";
export type { StatisticsQuery } from "./statistics.ts";
export type * from "./wire.ts";

/** Safe to share: one for a program is enough, and keeps what it publishes in order. */
export class Trotline {
  /** The log, read from any place. */
  readonly events: Events;
  readonly consumers: Consumers;
  readonly endpoints: Endpoints;
  /** The catalogue. */
  readonly eventTypes: EventTypes;
  readonly replays: Replays;
  readonly attempts: Attempts;
  readonly keys: Keys;
  readonly portalLinks: PortalLinks;
  readonly tenants: Tenants;
  /** Where events of others come from, and what they did not take. */
  readonly sources: Sources;
  /** Throw-away URLs to look at requests. */
  readonly bins: Bins;
  readonly #transport: Transport;
  readonly #publishing: PublishQueue;

  /** Throws a TypeError for a URL, key or policy that cannot work. */
  constructor(options: TrotlineOptions) {
    this.#transport = new Transport(settingsOf(options));
    this.#publishing = new PublishQueue(this.#transport);
    this.events = new Events(this.#transport);
    this.consumers = new Consumers(this.#transport);
    this.endpoints = new Endpoints(this.#transport);
    this.eventTypes = new EventTypes(this.#transport);
    this.replays = new Replays(this.#transport);
    this.attempts = new Attempts(this.#transport);
    this.keys = new Keys(this.#transport);
    this.portalLinks = new PortalLinks(this.#transport);
    this.tenants = new Tenants(this.#transport);
    this.sources = new Sources(this.#transport);
    this.bins = new Bins(this.#transport);
  }

  /**
   * Resolves once the event, or the array of them, is durable. Single events that are published at once go together in
   * one request, in their order; an array is stored whole or not at all. Sent again on failures that may pass, which
   * stores once, because the id is made here. Rejects with `TrotlineApiError` (about this very event),
   * `TrotlineConnectionError` (it may be stored or not: publishing it again with its `id` is harmless), or the signal's
   * reason.
   */
  publish(event: NewEvent, options?: CallOptions): Promise<PublishedEvent>;
  publish(events: readonly NewEvent[], options?: CallOptions): Promise<readonly PublishedEvent[]>;
  async publish(
    given: NewEvent | readonly NewEvent[],
    { signal }: CallOptions = {},
  ): Promise<PublishedEvent | readonly PublishedEvent[]> {
    const isArray = Array.isArray(given);
    const events: readonly NewEvent[] = isArray ? given : [given as NewEvent];
    if (events.length === 0) return [];
    const published = await this.#publishing.publish(events, isArray, signal);
    return isArray ? published : (published[0] as PublishedEvent);
  }

  /**
   * `for await (const event of client.consume("billing", { types: ["order.*"] }))`: the events of a named consumer, each
   * at least once. An event is acknowledged when the loop comes back for the next; one that the loop leaves by `break`
   * or a throw, or with the signal aborted, comes again. Goes on through restarts, failures of the network and the loss
   * of the lease; while another client reads under the name, it waits. Ends when the signal is aborted. Throws
   * `TrotlineCursorError` where the log does not go on from where the consumer stands.
   */
  consume<Data = unknown>(
    name: string,
    options: ReadingOptions = {},
  ): AsyncGenerator<TrotlineEvent<Data>, void, undefined> {
    return consume<Data>(this.#transport, name, options);
  }

  /**
   * As `consume`, with a handler that may run for several events at once (`concurrency`); never for two of one subject,
   * whose order is kept. Resolves after the signal is aborted and what runs has ended and is acknowledged.
   */
  process<Data = unknown>(name: string, options: ProcessOptions<Data>, handler: Handler<Data>): Promise<void> {
    return processEvents(this.#transport, name, { options, handler });
  }

  /** Delay, count and success rate of deliveries, and how much waits now. */
  stats(query: StatisticsQuery = {}, options: CallOptions = {}): Promise<Statistics> {
    const asked = statisticsParameters({ tenant: this.#transport.settings.tenant, ...query });
    return this.#transport.call({ method: "GET", path: "/v1/stats", query: asked, isAnswer: isStatistics, ...options });
  }

  /** The processes that share the server's store. Needs a key with the scope `admin` and of no tenant. */
  cluster(options: CallOptions = {}): Promise<Cluster> {
    return this.#transport.call({ method: "GET", path: "/v1/cluster", isAnswer: isCluster, ...options });
  }
}
