/**
 * Lanes as people see them: those that this process runs as they are, the others as they were when their holder last
 * committed, which is at most about a second ago. What only the holder's memory knows is not seen: nothing is in
 * flight, and the window is as it begins.
 */
import type { Endpoint } from "../core/endpoint.ts";
import { type Lane, startLane } from "../core/lane.ts";
import type { Store } from "../log/store.ts";
import type { Dispatcher } from "./dispatch.ts";

export interface SeenLane {
  readonly lane: Lane;
  /** Every event up to here was offered to it. */
  readonly dispatchedTo: number;
}

interface SeeingParts {
  readonly dispatcher: Dispatcher;
  readonly store: Store;
}

/** A lane that this process runs. */
export function laneSeen({ lanes }: Pick<Dispatcher, "lanes">, endpoint: Endpoint): SeenLane {
  return { lane: lanes.of(endpoint).lane, dispatchedTo: lanes.dispatchedTo };
}

/** By endpoint number; one statement for all that others run. */
export async function lanesSeen(
  { dispatcher, store }: SeeingParts,
  endpoints: readonly Endpoint[],
): Promise<ReadonlyMap<number, SeenLane>> {
  const { shards } = dispatcher.lanes;
  const isHere = ({ number }: Endpoint): boolean => !shards.haveExpired() && shards.runs(number);
  const elsewhere = endpoints.filter((endpoint) => !isHere(endpoint));
  const stored = elsewhere.length === 0 ? [] : await store.journal.lanes(elsewhere.map(({ number }) => number));
  const known = new Map(stored.map((lane) => [lane.endpointNumber, lane]));
  const seen = new Map<number, SeenLane>();
  for (const endpoint of endpoints) {
    const lane = known.get(endpoint.number);
    if (lane === undefined) {
      seen.set(endpoint.number, laneSeen(dispatcher, endpoint));
      continue;
    }
    const { dispatchedTo, parkedTotal } = lane;
    const record = lane.record ?? { readPosition: dispatchedTo, pending: [], behind: false, health: null };
    seen.set(endpoint.number, { lane: startLane(record, parkedTotal, endpoint), dispatchedTo });
  }
  return seen;
}
