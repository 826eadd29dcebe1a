/**
 * Stage 3 of 4: publish → dispatch → [attempt] → journal. The one port behind which the kinds of endpoint differ: a
 * URL, a program that is run, code of an embedding program.
 */
import { type AttemptResult, isDelivered } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { EndpointKind } from "../core/endpoint-kind.ts";
import type { StoredEvent } from "../core/event.ts";
import type { Flight } from "../core/lane.ts";

/** What an attempt knows of its delivery. */
export interface AttemptHow {
  /** 1 for the first attempt of the delivery. */
  readonly number: number;
  /** It waits for no other, to go together. */
  readonly isUrgent?: boolean;
  /** True once another process runs the lane that it is of. */
  readonly isLost?: boolean | undefined;
}

/** Whether an attempt that waited for something may still begin. To be asked right before it does. */
export type MayBegin = (how: AttemptHow) => boolean;

/** Where one process runs all lanes. */
export const isNotLost: MayBegin = (how) => how.isLost !== true;

/** How an attempt goes that a person or a replay asked for. */
export const urgently = (flight: Flight): AttemptHow => ({
  number: flight.number,
  isUrgent: true,
  get isLost() {
    return flight.isLost;
  },
});

/** Nothing was begun, and nobody hears of it: its lane is another process's. */
export const notBegun: AttemptResult = {
  status: null,
  errorClass: "interrupted",
  errorDetail: "Another process runs the endpoint.",
  durationMs: 0,
  responseBody: new Uint8Array(0),
  responseTruncated: false,
  retryAfterMs: null,
};

/** Carries one delivery out. */
export interface EndpointKindPort {
  /** Never rejects: whatever goes wrong is a result. */
  attempt(endpoint: Endpoint, event: StoredEvent, how: AttemptHow): Promise<AttemptResult>;
  /** Where deliveries of one endpoint wait for each other. */
  readonly company?: Company;
  /** False while nothing in this process could carry a delivery out: its lane waits. Where absent, it always can. */
  isReady?(endpoint: Endpoint): boolean;
  /** The endpoint was deleted: what runs for it is ended. */
  drop?(endpoint: Endpoint): void;
}

/** Deliveries that wait for others of their endpoint, to go together. */
export interface Company {
  isWaiting(endpoint: Endpoint, position: number): boolean;
  /** No more can come for this endpoint: what waits goes. */
  complete(endpoint: Endpoint): void;
  /** The endpoint was deleted: what waits is never sent. */
  drop(endpoint: Endpoint): void;
  /** Another process runs the endpoint: what waits is not sent by this one. */
  lose(endpoint: Endpoint): void;
  /** What waits for any endpoint goes, and nothing waits from here on. */
  hurry(): void;
}

/** What a defect of ours makes of an attempt: a failure, tried again as any other. */
export const unexpectedFailure: AttemptResult = {
  status: null,
  errorClass: "payload",
  errorDetail: "The attempt met an unexpected error, which is in the server's log.",
  durationMs: 0,
  responseBody: new Uint8Array(0),
  responseTruncated: false,
  retryAfterMs: null,
};

export class Attempter {
  readonly #kinds: Readonly<Record<EndpointKind, EndpointKindPort>>;

  constructor(kinds: Readonly<Record<EndpointKind, EndpointKindPort>>) {
    this.#kinds = kinds;
  }

  /** Null where no delivery of this endpoint waits for others. */
  company(endpoint: Endpoint): Company | null {
    return endpoint.batch === null ? null : (this.#kinds[endpoint.kind].company ?? null);
  }

  isReady(endpoint: Endpoint): boolean {
    return this.#kinds[endpoint.kind].isReady?.(endpoint) ?? true;
  }

  /** The endpoint was deleted. */
  drop(endpoint: Endpoint): void {
    const kind = this.#kinds[endpoint.kind];
    kind.company?.drop(endpoint);
    kind.drop?.(endpoint);
  }

  hurry(): void {
    for (const { company } of Object.values(this.#kinds)) company?.hurry();
  }

  attempt(endpoint: Endpoint, event: StoredEvent, how: AttemptHow): Promise<AttemptResult> {
    const attempted = this.#kinds[endpoint.kind].attempt(endpoint, event, how);
    return endpoint.successStatuses.length === 0 ? attempted : counted(endpoint, attempted);
  }
}

/** What an endpoint calls delivered beside 2xx is delivered, for everyone from here on. */
async function counted(endpoint: Endpoint, attempted: Promise<AttemptResult>): Promise<AttemptResult> {
  const result = await attempted;
  if (result.errorClass === null || !isDelivered(result, endpoint.successStatuses)) return result;
  return { ...result, errorClass: null, errorDetail: null, retryAfterMs: null };
}
