/** What came of the demo: every event followed from the publisher's bytes to the receiver's. */
import { createHash } from "node:crypto";
import { memberBytes } from "./json-text.ts";
import type { Received } from "./receiver.ts";

/** What was published, and what Trotline says of its delivery. */
export interface Published {
  readonly id: string;
  readonly data: Buffer;
  readonly state: string;
}

/** What the consumer of the feed wrote down: an event's id, and a hash of what its data says. */
export interface Processed {
  readonly id: string;
  readonly hash: string;
}

/** Of what the data says, however it was written. */
export const dataHash = (data: unknown): string => createHash("sha256").update(JSON.stringify(data)).digest("hex");

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
  /** Requests for events that nobody published, and events that a consumer read and nobody published. */
  readonly strays: number;
  /** That the consumer of the feed processed, with the same data. */
  readonly pulled: number;
  /** That it processed a second time, because it was killed before it had acknowledged them. */
  readonly pulledAgain: number;
}

export function judge(
  published: readonly Published[],
  came: { readonly received: readonly Received[]; readonly processed: readonly Processed[] },
): Result {
  const { received, processed } = came;
  const pulled = Map.groupBy(processed, (event) => event.id);
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
    strays: [...received, ...processed].filter(({ id }) => !known.has(id)).length,
    pulled: count(({ id, data }) => isSame(pulled.get(id) ?? [], data)),
    pulledAgain: processed.length - pulled.size,
  };
}

/** True only if every event arrived, verified and byte for byte. */
export const haveArrived = (result: Result): boolean =>
  [result.delivered, result.verified, result.byteEqual].every((count) => count === result.published) &&
  result.lost === 0 &&
  result.strays === 0;

/** True only if every event arrived, and was pulled, too. */
export const isWhole = (result: Result): boolean => haveArrived(result) && result.pulled === result.published;

export type Row = readonly [name: string, count: number, note: string];

export const rowsText = (rows: readonly Row[]): string =>
  rows.map(([name, count, note]) => `  ${name.padEnd(14)}${String(count).padStart(5)}   ${note}`).join("\n");

const carries = (request: Received, data: Buffer): boolean => memberBytes(request.body, "data")?.equals(data) ?? false;

function isSame(processed: readonly Processed[], data: Buffer): boolean {
  const hash = dataHash(JSON.parse(data.toString("utf8")));
  return processed.length > 0 && processed.every((event) => event.hash === hash);
}
