/** Pages of JSON: the form of the feed that is asked for if nothing is said. */
import { hash } from "node:crypto";
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { limits } from "../../core/limits.ts";
import type { Clock } from "../../core/ports.ts";
import type { FeedPage } from "../../feed/feed.ts";
import { acceptedEncodings } from "../accept.ts";
import { isKnownTag } from "../entity-tag.ts";
import { HeldAnswer } from "../held-answer.ts";
import { pageBody } from "../page-body.ts";
import { type PageHeaders, sendPage, varyHeader } from "../send-page.ts";
import { TightLoops } from "../tight-loops.ts";
import { cursorAt, type Form, type FormReading, requestsOf } from "./form.ts";

const fresh: PageHeaders = { "cache-control": "no-store" };
const immutable = "private, max-age=31536000, immutable";

export function jsonForm(clock: Pick<Clock, "steadyMs">): Form {
  const loops = new TightLoops(clock);
  return {
    mediaType: "application/json",
    parameters: ["after", "limit", "wait", "order", "include"],
    place: ({ after, order }) => after ?? (order === "desc" ? "latest" : "earliest"),
    answer: (reading) => (reading.query.order === "desc" ? answerBack(reading) : answerForward(reading, loops)),
  };
}

async function answerForward(reading: FormReading, loops: TightLoops): Promise<void> {
  const { app, selection, after, query, isGone } = reading;
  const { limit = limits.listPageSize, wait = 0 } = query;
  const page = await app.feed.page({ selection, after, limit, isGone });
  const isAtEnd = page.events.length === 0 && !page.more;
  if (!isAtEnd) return sendWhatIsThere(reading, page);
  const slowedMs = wait > 0 ? 0 : loops.holdMs(reading.keyId, reading.raw.url ?? "");
  const isNowhereToWait = slowedMs > 0 && app.feed.waiting >= limits.waiters;
  if ((wait === 0 && slowedMs === 0) || isNowhereToWait) return sendWhatIsThere(reading, page);
  const waitMs = wait > 0 ? wait * 1000 : slowedMs;
  HeldAnswer.hold(reading, { selection, limit, after: page.through, waitMs }, slowedMs);
}

/** `after` is "older than": a cursor's or an event's own position is left out, any other place is where it begins. */
async function answerBack(reading: FormReading): Promise<void> {
  const { app, selection, after, query, isGone } = reading;
  const { limit = limits.listPageSize } = query;
  const { first, last } = reading.range ?? { first: 0, last: Number.POSITIVE_INFINITY };
  const start = isFixed(reading.place) || reading.place === "earliest" ? after : after + 1;
  const before = Math.min(start, last + 1);
  return sendWhatIsThere(reading, await app.feed.pageBack({ selection, before, limit, isGone, downTo: first }));
}

async function sendWhatIsThere(reading: FormReading, page: FeedPage): Promise<void> {
  const { app, raw } = reading;
  const body = pageBody(page, app.store.events.bounds().epochs, requestsOf(reading));
  const encoding = body.encodingFor(acceptedEncodings(raw.headers));
  if (!page.more || !isFixed(reading.place)) {
    const bytes = encoding === null ? body.bytes : await body.compressed(encoding);
    return sendPage(reading.takeOver(), { bytes, encoding, headers: fresh });
  }
  const tag = tagOf(reading, page);
  const headers = { etag: `"${tag}${encoding === null ? "" : `-${encoding}`}"`, "cache-control": immutable };
  if (isKnownTag(raw.headers["if-none-match"], tag)) return sendNotModified(reading.takeOver(), headers);
  const bytes = encoding === null ? body.bytes : await body.compressed(encoding);
  sendPage(reading.takeOver(), { bytes, encoding, headers });
}

/** A place that names the same position for ever. */
const isFixed = (place: string): boolean => place !== "earliest" && place !== "latest" && !place.startsWith("time:");

/** Changes with what a page looks like. */
const pageVersion = 1;

/** The log is never rewritten: what was asked, and where the page ends, are what is in it. */
function tagOf({ app, selection, after, query }: FormReading, page: FeedPage): string {
  const { epochs } = app.store.events.bounds();
  const ends = [cursorAt(epochs, after), cursorAt(epochs, page.through)];
  const facts = [pageVersion, selection.key, query.order, query.limit, query.include, ...ends, page.events.length];
  return hash("sha256", JSON.stringify(facts), "hex").slice(0, 32);
}

function sendNotModified(response: ServerResponse, headers: OutgoingHttpHeaders): void {
  response.writeHead(304, { ...headers, vary: varyHeader });
  response.end();
}
