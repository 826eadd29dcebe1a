/**
 * One reader who stays: [page → write → wait → page]. What both forms of a stream share; each brings its own words.
 * Nothing is read before what was read last has left for the socket, so a slow reader holds one page and no more.
 */
import type { ServerResponse } from "node:http";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type { FeedPage, Waiting } from "../../feed/feed.ts";
import { httpLimits } from "../http-limits.ts";
import { asTrotlineError } from "../problem.ts";
import { untakenAnswers } from "../untaken-answers.ts";
import { StreamBeat } from "./event-stream-beat.ts";
import { cursorAt, type FormReading } from "./form.ts";

/** What a form of a stream looks like on the wire. */
export interface StreamText {
  readonly mediaType: string;
  /** How the answer begins, behind this cursor. */
  opening(cursor: string): string;
  /** The events of a page. */
  page(page: FeedPage, reading: FormReading): Uint8Array;
  /** The selection left out everything up to this cursor. */
  passed(cursor: string): string;
  /** For whoever takes silence for the end. */
  readonly keepAlive: string;
  /** The last words of a stream that cannot go on. */
  failure(error: TrotlineError, reading: FormReading): string;
}

export interface StreamTimes {
  /** Open streams hear something this often, and those that do not read are looked for. */
  readonly beat: StreamBeat;
  /** A stream that waits for events is ended after this long; its reader comes again. */
  readonly streamMsMax: number;
  /** A reader that takes nothing for this long is cut off. */
  readonly stalledMsMax: number;
}

export interface StreamPlan {
  readonly text: StreamText;
  readonly times: StreamTimes;
  /** The last position to be read: the stream ends there, and not before. Null goes on with what comes. */
  readonly through: number | null;
  /** The most events; null for no bound. */
  readonly eventsMax: number | null;
}

/** How often a silent stream says that it is there: proxies take longer silence for a dead connection. */
const keepAliveMs = 15_000;
/** Bytes that are given to the socket at a time: whoever reads slowly is seen to read. */
const sliceBytes = 64 * 1024;
/** A wait this long tells the reader how far the log has come, where it had nothing for him. */
const waitMsMax = limits.waitSecondsMax * 1000;

/** The times of one server, for all of its streams. */
export const defaultStreamTimes = (): StreamTimes => ({
  beat: new StreamBeat(keepAliveMs),
  streamMsMax: limits.streamMsMax,
  stalledMsMax: httpLimits.streamIdleMs,
});

/** What fails before the first byte is answered as a problem; what fails later, in the stream's last words. */
export async function streamEvents(reading: FormReading, plan: StreamPlan): Promise<void> {
  const isHead = reading.raw.method === "HEAD";
  const stream = new EventStream(reading, plan);
  const first = isHead ? null : await stream.read(reading.after);
  const response = reading.takeOver();
  response.writeHead(200, {
    "content-type": plan.text.mediaType,
    "cache-control": "no-store",
    vary: "authorization, accept, accept-encoding",
    "x-accel-buffering": "no", // nginx holds back what is streamed, unless it is told.
  });
  if (first === null) response.end();
  else await stream.run(first, response);
}

class EventStream {
  readonly #reading: FormReading;
  readonly #plan: StreamPlan;
  readonly #endsAtMs: number;
  #response: ServerResponse | null = null;
  /** The reader knows the cursor of this position. */
  #told: number;
  #eventsLeft: number;
  #waiting: Waiting | null = null;
  /** Not null while the socket takes nothing more. */
  #blockedSinceMs: number | null = null;
  #isGone = false;
  /** Ends whatever the loop waits for: the socket is free again, or the reader has gone. */
  #wake: (() => void) | null = null;

  constructor(reading: FormReading, plan: StreamPlan) {
    this.#reading = reading;
    this.#plan = plan;
    this.#told = reading.after;
    this.#eventsLeft = plan.eventsMax ?? Number.POSITIVE_INFINITY;
    this.#endsAtMs = plan.through === null ? this.#nowMs() + plan.times.streamMsMax : Number.POSITIVE_INFINITY;
  }

  /** One page of what is there. Refuses with `cursor-expired` where retention has passed the reader. */
  read(after: number): Promise<FeedPage> {
    const { app, selection, isGone } = this.#reading;
    return app.feed.page({ selection, after, limit: this.#pageLimit(), isGone });
  }

  /** Resolves when the stream has ended, or its reader has gone. */
  async run(first: FeedPage, response: ServerResponse): Promise<void> {
    const { text, times } = this.#plan;
    this.#response = response;
    response.on("drain", () => {
      this.#blockedSinceMs = null;
      this.#wake?.();
    });
    response.on("close", () => this.#gone());
    response.on("error", () => {}); // The reader hung up; `close` follows.
    if (response.destroyed || response.socket?.destroyed === true) return;
    times.beat.add(this);
    let lastWords = "";
    try {
      await this.#send(text.opening(this.#cursor(this.#reading.after)));
      for (let page: FeedPage | null = first; page !== null; page = await this.#next(page)) await this.#sendPage(page);
    } catch (cause) {
      lastWords = this.#failure(asTrotlineError(cause));
    }
    if (this.#isGone) return;
    this.#blockedSinceMs ??= this.#nowMs();
    response.end(lastWords);
  }

  /** Called by the shared timer. */
  beat(): void {
    const isStalled =
      this.#blockedSinceMs !== null && this.#nowMs() - this.#blockedSinceMs >= this.#plan.times.stalledMsMax;
    if (isStalled) this.#response?.destroy();
    else if (this.#waiting !== null && this.#blockedSinceMs === null) this.#write(this.#plan.text.keepAlive);
  }

  async #sendPage(page: FeedPage): Promise<void> {
    const { text } = this.#plan;
    const part = this.#cut(page);
    const last = part.events.at(-1);
    this.#eventsLeft -= part.events.length;
    if (last !== undefined) {
      await this.#send(text.page(part, this.#reading));
      this.#told = last.position;
    } else if (page.through > this.#told) {
      await this.#send(text.passed(this.#cursor(page.through)));
      this.#told = page.through;
    }
  }

  /** What the plan has of the page. */
  #cut(page: FeedPage): FeedPage {
    const { through } = this.#plan;
    const isBeyond = through !== null && (page.events.at(-1)?.position ?? 0) > through;
    if (!isBeyond && page.events.length <= this.#eventsLeft) return page;
    const events = page.events.filter(({ position }) => through === null || position <= through);
    return { ...page, events: events.slice(0, this.#eventsLeft) };
  }

  /** Null where the stream is to end. */
  async #next(page: FeedPage): Promise<FeedPage | null> {
    const { through } = this.#plan;
    if (this.#isGone || this.#eventsLeft <= 0) return null;
    if (through !== null && page.through >= through) return null;
    if (this.#reading.isClosing() || this.#reading.app.feed.isClosed) {
      if (through === null) return null;
      throw new TrotlineError("shutting-down", "The server is stopping."); // It would look like the whole log.
    }
    const leftMs = this.#endsAtMs - this.#nowMs();
    if (leftMs <= 0) return null;
    return page.more ? this.read(page.through) : this.#wait(page.through, Math.min(leftMs, waitMsMax));
  }

  #wait(after: number, waitMs: number): Promise<FeedPage | null> {
    const { app, selection } = this.#reading;
    return new Promise((resolve) => {
      const answer = (page: FeedPage | null): void => {
        this.#waiting = null;
        this.#wake = null;
        resolve(page);
      };
      this.#waiting = app.feed.wait({ selection, after, limit: this.#pageLimit(), waitMs }, answer);
      this.#wake = () => {
        if (this.#isGone) answer(null); // A socket that drains is no reason to stop waiting.
      };
    });
  }

  async #send(words: string | Uint8Array): Promise<void> {
    const bytes = typeof words === "string" ? Buffer.from(words) : words;
    for (let at = 0; at < bytes.length && !this.#isGone; at += sliceBytes) {
      if (this.#write(bytes.subarray(at, at + sliceBytes))) continue;
      if (this.#response !== null) untakenAnswers.hold(this.#response, bytes);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    if (this.#response !== null) untakenAnswers.release(this.#response);
  }

  /** False where the reader is to read first. */
  #write(bytes: string | Uint8Array): boolean {
    const isFree = this.#response?.write(bytes) ?? false;
    if (!isFree) this.#blockedSinceMs = this.#nowMs();
    return isFree;
  }

  #gone(): void {
    this.#isGone = true;
    this.#plan.times.beat.remove(this);
    this.#waiting?.cancel();
    this.#wake?.();
  }

  #failure(error: TrotlineError): string {
    if (error.code === "internal") {
      this.#reading.app.logger.error({ err: error.cause }, "A stream of events met an unexpected error.");
    }
    return this.#plan.text.failure(error, this.#reading);
  }

  #pageLimit(): number {
    return Math.min(limits.listPageSizeMax, this.#eventsLeft);
  }

  #cursor(position: number): string {
    return cursorAt(this.#reading.app.store.events.bounds().epochs, position);
  }

  #nowMs(): number {
    return this.#reading.app.clock.steadyMs();
  }
}
