/** What is true of deliveries now: how much is to be sent, and since when. Asked of lanes, and never of all events. */
import type { Endpoint } from "../core/endpoint.ts";
import type { Clock } from "../core/ports.ts";
import type { Store } from "../log/store.ts";

/** What is seen of one lane. */
interface LaneSeen {
  readonly cursor: number;
  readonly lag: number;
  readonly parked: number;
  readonly failingSinceMs: number | null;
}

export interface LanesNow {
  readonly endpoints: number;
  readonly enabled: number;
  readonly failing: number;
  readonly paused: number;
  readonly disabled: number;
  /** Events that endpoints have not come to yet, those of others among them where an endpoint is behind. */
  readonly lagEvents: number;
  readonly parked: number;
  readonly oldestUndeliveredAtMs: number | null;
}

export interface LanesNowOptions {
  readonly store: Pick<Store, "events" | "journal">;
  readonly clock: Clock;
  readonly list: (query: { tenant?: string; afterId?: string; limit: number }) => {
    readonly endpoints: readonly Endpoint[];
    readonly more: boolean;
  };
  readonly laneViews: (endpoints: readonly Endpoint[]) => Promise<readonly LaneSeen[]>;
}

const endpointsPerTurn = 1000;
/** Endpoints whose parked deliveries are looked at, and how many of each. */
const parkedLooked = { endpoints: 20, rows: 100 };

interface Seen {
  readonly endpoint: Endpoint;
  readonly lane: LaneSeen;
}

export class LanesNowReader {
  readonly #options: LanesNowOptions;

  constructor(options: LanesNowOptions) {
    this.#options = options;
  }

  /** Of one endpoint, of a tenant's, or of all. What is disabled or paused waits on purpose, and is counted alone. */
  async read(of: { readonly endpoint: Endpoint | null; readonly tenant: string | null }): Promise<LanesNow> {
    const counts = { endpoints: 0, enabled: 0, failing: 0, paused: 0, disabled: 0, lagEvents: 0, parked: 0 };
    let furthest: Seen | null = null;
    const withParked: Seen[] = [];
    for await (const seen of this.#seen(of)) {
      const { endpoint, lane } = seen;
      counts.endpoints += 1;
      counts[endpoint.status] += 1;
      if (endpoint.status !== "enabled") continue;
      if (lane.failingSinceMs !== null) counts.failing += 1;
      counts.lagEvents += lane.lag;
      counts.parked += lane.parked;
      if (lane.lag > 0 && (furthest === null || lane.cursor < furthest.lane.cursor)) furthest = seen;
      if (lane.parked > 0) withParked.push(seen);
    }
    const positions = await this.#parkedPositions(withParked);
    const times = await Promise.all([
      ...positions.map((position) => this.#acceptedAtMs(position - 1)),
      furthest === null ? null : this.#acceptedAtMs(furthest.lane.cursor, furthest.endpoint.tenant),
    ]);
    const known = times.filter((timeMs) => timeMs !== null);
    return { ...counts, oldestUndeliveredAtMs: known.length === 0 ? null : Math.min(...known) };
  }

  async *#seen(of: { endpoint: Endpoint | null; tenant: string | null }): AsyncGenerator<Seen> {
    const { list, laneViews } = this.#options;
    const seenOf = async (endpoints: readonly Endpoint[]): Promise<Seen[]> => {
      const lanes = await laneViews(endpoints);
      return endpoints.map((endpoint, index) => ({ endpoint, lane: lanes[index] as LaneSeen }));
    };
    if (of.endpoint !== null) return yield* await seenOf([of.endpoint]);
    const ofTenant = of.tenant === null ? {} : { tenant: of.tenant };
    for (let afterId: string | undefined, more = true; more; ) {
      const page = list({ ...ofTenant, ...(afterId !== undefined && { afterId }), limit: endpointsPerTurn });
      yield* await seenOf(page.endpoints);
      afterId = page.endpoints.at(-1)?.id;
      more = page.more;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The lowest position of each, among those that are due first. */
  async #parkedPositions(seen: readonly Seen[]): Promise<number[]> {
    const since = ({ lane }: Seen): number => lane.failingSinceMs ?? Number.POSITIVE_INFINITY;
    const longest = [...seen].sort((left, right) => since(left) - since(right) || 0).slice(0, parkedLooked.endpoints);
    const found: number[] = [];
    for (const { endpoint } of longest) {
      const { rows } = await this.#options.store.journal.parkedDue(endpoint.number, parkedLooked.rows);
      if (rows.length > 0) found.push(Math.min(...rows.map(({ position }) => position)));
    }
    return found;
  }

  /** Of the first event beyond a position that is still there. */
  async #acceptedAtMs(after: number, tenant?: string): Promise<number | null> {
    const query = { after, limit: 1, bytesMax: 1, ...(tenant !== undefined && { tenant }) };
    const { events } = await this.#options.store.events.read(query);
    return events[0]?.acceptedAtMs ?? null;
  }
}
