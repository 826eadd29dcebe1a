/** `application/x-ndjson`: an event a line, from a place to the end of the log, or on and on with `follow=true`. */
import { type StreamText, type StreamTimes, streamEvents } from "./event-stream-loop.ts";
import { pageWriter } from "./event-stream-page.ts";
import { eventHead, type Form, requestsOf } from "./form.ts";

const plainPage = pageWriter(eventHead, "}\n");
const pageWithRequests = pageWriter(eventHead, "}\n", requestsOf);

const text: StreamText = {
  mediaType: "application/x-ndjson",
  opening: () => "",
  page: (page, reading) => (reading.query.include === undefined ? plainPage : pageWithRequests)(page, reading),
  passed: () => "",
  keepAlive: "\n",
  failure: (error) => {
    const { resume, lost } = error.extras;
    return `${JSON.stringify({ error: { code: error.code, detail: error.message, resume, lost } })}\n`;
  },
};

export function ndjson(times: StreamTimes): Form {
  return {
    mediaType: text.mediaType,
    parameters: ["after", "limit", "follow", "include"],
    place: (query) => query.after ?? "earliest",
    answer: (reading) => {
      const { follow, limit } = reading.query;
      const through = follow === "true" ? null : reading.app.store.events.bounds().head;
      return streamEvents(reading, { text, times, through, eventsMax: limit ?? null });
    },
  };
}
