/**
 * Recoveries: everything that failed at an endpoint, or at many, is sent again beside the live traffic. Each is a
 * replay of what has a row (see `replays.ts`): it is counted first, listed, paused and cancelled as any other.
 */
import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Replay } from "../core/replay.ts";
import type { Journal } from "../log/journal.ts";
import type { Registry } from "../registry/registry.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { Replays } from "./replays.ts";

/** Endpoints looked at before everyone else has a turn. */
const endpointsPerPage = 100;

export interface RecoveryRange {
  /** The first position and the last, both included. */
  readonly first: number;
  readonly last: number;
  readonly isDryRun: boolean;
}

interface RecoveriesParts {
  readonly replays: Replays;
  readonly registry: Registry;
  readonly journal: Journal;
  readonly dispatcher: Dispatcher;
}

export class Recoveries {
  readonly #parts: RecoveriesParts;

  constructor(parts: RecoveriesParts) {
    this.#parts = parts;
  }

  /** Answers when it has counted, or soon. Refuses with `replay-limit`. */
  ofEndpoint({ id, number }: Endpoint, range: RecoveryRange): Promise<Replay> {
    return this.#parts.replays.create({ endpointNumber: number, endpointId: id, types: [], only: "parked", ...range });
  }

  /**
   * One for each endpoint of the tenant, or of all where it is absent, that has deliveries in the range that failed.
   * Refuses with `replay-limit` before any is made where they are more than may be. `make` makes one: whoever runs the
   * endpoint does that.
   */
  async ofAll<Made = Replay>(
    tenant: string | undefined,
    range: RecoveryRange,
    make: (endpoint: Endpoint) => Promise<Made>,
  ): Promise<readonly Made[]> {
    await this.#parts.dispatcher.journal.flushed();
    await this.#parts.replays.look();
    const endpoints = await this.#withFailures(tenant, range);
    const { room } = this.#parts.replays;
    if (endpoints.length > room) {
      const detail = `More than ${room} endpoints have deliveries that failed; as many replays may still begin.`;
      throw new TrotlineError("replay-limit", detail);
    }
    const outcomes = await Promise.allSettled(endpoints.map(make));
    const made = outcomes.filter((outcome) => outcome.status === "fulfilled").map(({ value }) => value);
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (failure === undefined) return made;
    throw made.length === 0 ? failure.reason : partly(failure.reason, made.length, endpoints.length);
  }

  /** One more than there may be replays, at most. */
  async #withFailures(tenant: string | undefined, { first, last }: RecoveryRange): Promise<Endpoint[]> {
    const { registry, journal } = this.#parts;
    const found: Endpoint[] = [];
    const query = { limit: endpointsPerPage, ...(tenant !== undefined && { tenant }) };
    let page = registry.listEndpoints(query);
    for (;;) {
      const failed = await Promise.all(
        page.endpoints.map(async (endpoint) => {
          const positions = await journal.failedAmong(endpoint.number, { first, last, limit: 1 });
          return positions.length > 0 ? [endpoint] : [];
        }),
      );
      found.push(...failed.flat());
      const afterId = page.endpoints.at(-1)?.id;
      if (!page.more || afterId === undefined || found.length > limits.replaysActive) return found;
      page = registry.listEndpoints({ ...query, afterId });
    }
  }
}

/** Some were made: who sends it again without looking makes those twice. */
function partly(reason: unknown, made: number, wanted: number): unknown {
  if (!(reason instanceof TrotlineError)) return reason;
  const detail = `${reason.message} ${made} of ${wanted} recoveries began; they are among the replays.`;
  return new TrotlineError(reason.code, detail, reason.extras);
}
