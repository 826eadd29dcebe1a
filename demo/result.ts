/** What came of the demo: every event followed from the publisher's bytes to the receiver's. */
import { memberBytes } from "./json-text.ts";
import type { Received } from "./receiver.ts";

/** What was published, and what Trotline says of its delivery. */
export interface Published {
  readonly id: string;
  readonly data: Buffer;
  readonly state: string;
}

export interface Result {
  readonly published: number;
  /** That Trotline reports as delivered. */
  readonly delivered: number;
  /** That arrived, and of which every request bore a right signature. */
  readonly verified: number;
  /** That arrived, and of which every request carried `data` as it was published, byte for byte. */
  readonly byteEqual: number;
  /** That came more than once, because the first answer was a failure. */
  readonly retried: number;
  /** Requests that came for an event after it had been answered with 200. */
  readonly duplicates: number;
  /** That were never answered with 200. */
  readonly lost: number;
  /** Requests for events that nobody published. */
  readonly strays: number;
}

export function judge(published: readonly Published[], received: readonly Received[]): Result {
  const requests = Map.groupBy(received, (request) => request.id);
  const count = (test: (event: Published, came: readonly Received[]) => boolean) =>
    published.filter((event) => test(event, requests.get(event.id) ?? [])).length;
  const accepted = (came: readonly Received[]) => came.filter((request) => request.failure === null).length;
  const known = new Set(published.map((event) => event.id));
  return {
    published: published.length,
    delivered: count((event) => event.state === "delivered"),
    verified: count((_, came) => came.length > 0 && came.every((request) => request.refusal === null)),
    byteEqual: count((event, came) => came.length > 0 && came.every((request) => carries(request, event.data))),
    retried: count((_, came) => came.some((request) => request.failure !== null) && accepted(came) > 0),
    duplicates: published.reduce((sum, { id }) => sum + Math.max(0, accepted(requests.get(id) ?? []) - 1), 0),
    lost: count((_, came) => accepted(came) === 0),
    strays: received.filter((request) => !known.has(request.id)).length,
  };
}

/** True only if every event arrived, verified and byte for byte. */
export const isWhole = (result: Result): boolean =>
  [result.delivered, result.verified, result.byteEqual].every((count) => count === result.published) &&
  result.lost === 0 &&
  result.strays === 0;

const carries = (request: Received, data: Buffer): boolean => memberBytes(request.body, "data")?.equals(data) ?? false;
