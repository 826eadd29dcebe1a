import type { ServerResponse } from "node:http";
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Feed, FeedPage, Waiting, WaitQuery } from "../feed/feed.ts";
import type { EventLog } from "../log/event-log.ts";
import { type AcceptedEncodings, acceptedEncodings } from "./accept.ts";
import { type FormReading, requestsOf } from "./forms/form.ts";
import { pageBody } from "./page-body.ts";
import { type PageHeaders, sendPage } from "./send-page.ts";
import type { RequestMember } from "./wire-received.ts";

const held = Symbol("held");
type HeldResponse = ServerResponse & { [held]?: HeldAnswer };

const headersOf = (slowedMs: number, isClosing: boolean): PageHeaders => ({
  "cache-control": "no-store",
  ...(slowedMs > 0 && { "trotline-slowed-ms": String(slowedMs) }),
  // The socket is for nobody after this: the server stops.
  ...(isClosing && { connection: "close" }),
});

/**
 * A long poll: an answer that waits for its page. There may be tens of thousands, so it keeps what the answer needs and
 * nothing of the request, and shares its listener with all others.
 */
export class HeldAnswer {
  readonly #response: HeldResponse;
  readonly #feed: { readonly isClosed: boolean };
  readonly #events: EventLog;
  readonly #encodings: AcceptedEncodings;
  readonly #slowedMs: number;
  readonly #requests: RequestMember | undefined;
  #waiting: Waiting | null = null;

  /** Takes the request over, and answers when its page is there. Refuses with `too-many-waiting`. */
  static hold(reading: FormReading, query: WaitQuery, slowedMs: number): void {
    const { app, raw } = reading;
    if (raw.socket.destroyed) return;
    if (app.feed.waiting >= limits.waiters) {
      throw new TrotlineError("too-many-waiting", `${limits.waiters} requests wait for events already.`);
    }
    new HeldAnswer(reading.takeOver(), reading, slowedMs).#wait(app.feed, query);
  }

  private constructor(response: ServerResponse, reading: FormReading, slowedMs: number) {
    const { app, raw } = reading;
    this.#response = response;
    this.#requests = requestsOf(reading);
    this.#feed = app.feed;
    this.#events = app.store.events;
    this.#encodings = acceptedEncodings(raw.headers);
    this.#slowedMs = slowedMs;
  }

  #wait(feed: Feed, query: WaitQuery): void {
    this.#waiting = feed.wait(query, (page) => this.#answer(page));
    this.#response[held] = this;
    this.#response.on("close", forget);
  }

  cancel(): void {
    this.#waiting?.cancel();
  }

  #answer(page: FeedPage): void {
    const response = this.#response;
    response.off("close", forget);
    const body = pageBody(page, this.#events.bounds().epochs, this.#requests);
    const encoding = body.encodingFor(this.#encodings);
    const headers = headersOf(this.#slowedMs, this.#feed.isClosed);
    if (encoding === null) {
      sendPage(response, { bytes: body.bytes, encoding, headers });
      return;
    }
    body.compressed(encoding).then(
      (bytes) => sendPage(response, { bytes, encoding, headers }),
      (error: Error) => response.destroy(error),
    );
  }
}

/** The client went away. */
function forget(this: HeldResponse): void {
  this[held]?.cancel();
}
