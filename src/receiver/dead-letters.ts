/** Events that used up their retries, and how they are handled after all. */
import type { App } from "../app.ts";
import { isGivenUpState, type ParkedDelivery } from "../core/delivery.ts";
import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import { defaultTenant, eventBytes } from "../core/event.ts";
import { handlerEvent } from "../core/handler.ts";
import { limits } from "../core/limits.ts";
import { sourceOf } from "../core/received-request.ts";
import { laneOf, lanesOf } from "./declared-sources.ts";
import { type ReceivedEvent, receivedEvent } from "./received-event.ts";

export interface DeadLetter {
  // biome-ignore lint/suspicious/noExplicitAny: what a provider sends has whatever shape its handler says
  readonly event: ReceivedEvent<any>;
  readonly attempts: number;
  /** What its last attempt failed with; null where attempts have left by retention. */
  readonly lastError: string | null;
  readonly gaveUpAt: Date;
}

export interface DeadLetterQuery {
  /** Only of this source. */
  readonly source?: string;
  /** The id of an event: the page begins behind it. */
  readonly after?: string;
  /** 100 by default, and 1000 at most. A page has fewer where bodies are large: the last page is the empty one. */
  readonly limit?: number;
}

/** What became of one attempt that was asked for. */
export interface RetryOutcome {
  readonly handled: boolean;
  /** Null where it was handled. */
  readonly error: string | null;
}

interface Found {
  readonly lane: Endpoint;
  readonly row: ParkedDelivery;
}

/** Rows of failed deliveries that are looked at together. */
const rowsPerPage = 500;

/** In the order in which they were received. Refuses with `event-not-found` and `source-not-found`. */
export async function deadLetters(app: App, query: DeadLetterQuery): Promise<DeadLetter[]> {
  const { source, after, limit = limits.listPageSize } = query;
  if (!(Number.isSafeInteger(limit) && limit >= 1 && limit <= limits.listPageSizeMax)) {
    throw new TypeError(`\`limit\` is a whole number from 1 to ${limits.listPageSizeMax}.`);
  }
  const first = after === undefined ? 1 : (await requireEvent(app, after)).position + 1;
  await app.dispatcher.journal.flushed();
  const found: Found[] = [];
  for (const lane of source === undefined ? lanesOf(app) : [laneOf(app, app.sources.require(source).name)]) {
    if (lane !== undefined) found.push(...(await givenUp(app, lane, { first, limit })));
  }
  found.sort((one, other) => one.row.position - other.row.position);
  return lettersOf(app, found.slice(0, limit));
}

/** Handles an event once more, now, whatever became of it before. Refuses with `event-not-found`. */
export async function retry(app: App, eventId: string): Promise<RetryOutcome> {
  const event = await requireEvent(app, eventId);
  const lane = laneOf(app, sourceOf(event) ?? "");
  if (lane === undefined) throw new TrotlineError("event-not-found", `The event \`${eventId}\` was not received here.`);
  const { errorClass, errorDetail } = await app.deliveries.retry(lane, event);
  return { handled: errorClass === null, error: errorDetail };
}

/**
 * Handles everything again that failed, dead letters and what waits for its next attempt, beside what comes in. Answers
 * how many there are once they are counted, or after five seconds how many were found by then.
 */
export async function retryAll(app: App): Promise<number> {
  const range = { first: 1, last: app.store.events.bounds().head, isDryRun: false };
  if (range.last === 0) return 0;
  const replays = await app.recoveries.ofAll(defaultTenant, range, (lane) => app.recoveries.ofEndpoint(lane, range));
  return replays.reduce((sum, { matched }) => sum + matched, 0);
}

async function requireEvent({ store }: App, id: string) {
  const event = await store.events.find(defaultTenant, id);
  if (event !== null) return event;
  throw new TrotlineError("event-not-found", `There is no event \`${id}\`, or it has left by retention.`);
}

/** The first `limit` of a lane from a position on. */
async function givenUp(app: App, lane: Endpoint, page: { first: number; limit: number }): Promise<Found[]> {
  const { journal, events } = app.store;
  const { head: last } = events.bounds();
  const found: Found[] = [];
  for (let first = page.first; first <= last; ) {
    const positions = await journal.failedAmong(lane.number, { first, last, limit: rowsPerPage });
    for (const position of positions) {
      const { parked } = await journal.delivery(lane.number, position);
      if (parked !== null && isGivenUpState(parked.state)) found.push({ lane, row: parked });
      if (found.length === page.limit) return found;
    }
    if (positions.length < rowsPerPage) break;
    first = (positions.at(-1) ?? last) + 1;
  }
  return found;
}

/** Until their bytes fill a page. An event that has left meanwhile is left out. */
async function lettersOf({ store }: App, found: readonly Found[]): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  let bytes = 0;
  for (const { lane, row } of found) {
    const { position, attempts, dueAtMs } = row;
    const { events } = await store.events.read({ after: position - 1, limit: 1, bytesMax: limits.pageBytes });
    const [last] = await store.journal.attempts({ endpointNumber: lane.number, position, limit: 1 });
    const [event] = events;
    if (event?.position !== position) continue;
    const lastError = last?.errorDetail ?? null;
    const view = receivedEvent(handlerEvent(event, event));
    letters.push({ event: view, attempts, lastError, gaveUpAt: new Date(dueAtMs) });
    bytes += eventBytes(event);
    if (bytes >= limits.pageBytes) break;
  }
  return letters;
}
