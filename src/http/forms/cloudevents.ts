/**
 * `application/cloudevents-batch+json`: the feed as http-feeds (www.http-feeds.org) describe it, a JSON array of
 * CloudEvents 1.0. Readers go on from the `id` of the last event, or from the cursor that a header carries.
 */
import type { ServerResponse } from "node:http";
import { cloudEventHead } from "../../core/cloudevents.ts";
import { TrotlineError } from "../../core/errors.ts";
import { isEventId } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { FeedPage } from "../../feed/feed.ts";
import type { FeedQuery } from "../schemas/feed.ts";
import { untakenAnswers } from "../untaken-answers.ts";
import { cursorAt, type Form, type FormReading, joinEvents } from "./form.ts";

const mediaType = "application/cloudevents-batch+json";

export const cloudEventsForm: Form = {
  mediaType,
  parameters: ["after", "limit", "wait", "lastEventId", "timeout"],
  place: (query) => {
    refuseBoth(query, "after", "lastEventId");
    refuseBoth(query, "wait", "timeout");
    return query.after ?? "earliest";
  },
  answer: answerBatch,
};

async function answerBatch(reading: FormReading): Promise<void> {
  const { app, query, selection, raw, isGone } = reading;
  const after = query.lastEventId === undefined ? reading.after : await positionOfEvent(query.lastEventId, reading);
  const limit = query.limit ?? limits.listPageSize;
  const waitMs = raw.method === "HEAD" ? 0 : (query.timeout ?? (query.wait ?? 0) * 1000);
  const page = await app.feed.page({ selection, after, limit, isGone });
  if (page.events.length > 0 || page.more || waitMs === 0) {
    writeBatch(page, reading, reading.takeOver());
    return;
  }
  const waitsFor = { selection, after: page.through, limit, waitMs };
  const waiting = app.feed.wait(waitsFor, (came) => writeBatch(came, reading, response));
  const response = reading.takeOver();
  if (response.destroyed) waiting.cancel();
  response.on("close", () => waiting.cancel());
}

function writeBatch(page: FeedPage, { app }: FormReading, response: ServerResponse): void {
  const { epochs } = app.store.events.bounds();
  const batch = joinEvents(page.events, {
    open: "[",
    before: (event, index) => (index === 0 ? "" : ",") + cloudEventHead(event),
    after: "}",
    close: "]",
  });
  response.writeHead(200, {
    "content-type": mediaType,
    "content-length": batch.length,
    "cache-control": "no-store",
    vary: "authorization, accept, accept-encoding",
    // Beyond the last event: what the selection left out is not looked at again by whoever goes on from here.
    "trotline-next-cursor": cursorAt(epochs, page.through),
  });
  response.end(batch);
  untakenAnswers.add(response, batch);
}

/** Never read as a cursor or a word for a place: an event may be named `latest`. */
async function positionOfEvent(id: string, { app, selection }: FormReading): Promise<number> {
  const event = isEventId(id) ? await app.store.events.find(selection.tenant, id) : null;
  if (event !== null) return event.position;
  const detail = `\`lastEventId\` is not the id of an event that the tenant \`${selection.tenant}\` has, or still has.`;
  throw new TrotlineError("invalid-query", detail, { field: "lastEventId" });
}

function refuseBoth(query: FeedQuery, left: keyof FeedQuery, right: keyof FeedQuery): void {
  if (query[left] === undefined || query[right] === undefined) return;
  throw new TrotlineError("invalid-query", `\`${right}\` stands in place of \`${left}\`: give one.`, { field: right });
}
