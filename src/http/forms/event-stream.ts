/** `text/event-stream`, as every browser's `EventSource` reads it: an event's id is its cursor, so that it resumes. */
import { makeId } from "../../core/ids.ts";
import { problemOf } from "../problem.ts";
import { type StreamText, type StreamTimes, streamEvents } from "./event-stream-loop.ts";
import { pageWriter } from "./event-stream-page.ts";
import { eventHead, type Form } from "./form.ts";

/** What a client waits before it connects again. */
const retryMs = 1000;

const text: StreamText = {
  mediaType: "text/event-stream",
  // The cursor first: a client that is cut off before any event comes must not begin anew at a later `latest`.
  opening: (cursor) => `retry: ${retryMs}\n\n: from\nid: ${cursor}\n\n`,
  page: pageWriter((event, cursor) => `id: ${cursor}\ndata: ${eventHead(event, cursor)}`, "}\n\n"),
  // Without data nothing is dispatched, and yet the client resumes from here.
  passed: (cursor) => `: passed\nid: ${cursor}\n\n`,
  keepAlive: ": keep-alive\n\n",
  failure: (error, { app }) => {
    const { body } = problemOf(error, makeId("req", app.clock.wallMs(), app.random.bytes(16)));
    return `event: error\ndata: ${body}\n\n`;
  },
};

export function eventStream(times: StreamTimes): Form {
  return {
    mediaType: text.mediaType,
    parameters: ["after"],
    place: (query, headers) => (headers["last-event-id"] as string | undefined) || query.after || "latest",
    answer: (reading) => streamEvents(reading, { text, times, through: null, eventsMax: null }),
  };
}
