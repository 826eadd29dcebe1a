/**
 * Stage 3 of 4: publish → dispatch → [attempt] → journal. The one port behind which the kinds of endpoint differ: a URL
 * today; whatever else takes events is another implementation.
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint, EndpointKind } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";

/** Carries one delivery out. */
export interface EndpointKindPort {
  /** Never rejects: whatever goes wrong is a result. */
  attempt(endpoint: Endpoint, event: StoredEvent): Promise<AttemptResult>;
}

export class Attempter implements EndpointKindPort {
  readonly #kinds: Readonly<Record<EndpointKind, EndpointKindPort>>;

  constructor(kinds: Readonly<Record<EndpointKind, EndpointKindPort>>) {
    this.#kinds = kinds;
  }

  attempt(endpoint: Endpoint, event: StoredEvent): Promise<AttemptResult> {
    return this.#kinds[endpoint.kind].attempt(endpoint, event);
  }
}
