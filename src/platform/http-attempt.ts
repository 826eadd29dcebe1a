/** One request from the moment it is handed over to its result. The handler that undici calls back. */
import type { Dispatcher } from "undici";
import type { AttemptResult } from "../core/attempt.ts";
import { limits } from "../core/limits.ts";
import type { SendRequest } from "../core/ports.ts";
import type { Borrower, Connection, Connections } from "./connections.ts";
import { parseRetryAfter } from "./retry-after.ts";
import {
  failureOf,
  interimFailure,
  interruptedFailure,
  isClosedByPeer,
  type SendFailure,
  statusFailure,
  timeoutFailure,
} from "./send-failure.ts";

/**
 * A connection that fails later than this after the request was written was not lost in the race between our writing
 * and the receiver's closing, which lasts one round trip.
 */
const staleWithinMs = 1000;

/** Interim answers (103 Early Hints and its like) before the one that counts. */
const interimAnswersMax = 16;

const noBytes = new Uint8Array(0);

export interface HttpAttemptOptions {
  readonly request: SendRequest;
  readonly origin: string;
  readonly path: string;
  readonly connections: Connections;
  readonly wallMs: () => number;
  readonly onEnd: (attempt: HttpAttempt, result: AttemptResult) => void;
}

export class HttpAttempt implements Borrower, Dispatcher.DispatchHandler {
  readonly #options: HttpAttemptOptions;
  readonly #startedMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #connection: Connection | null = null;
  #ended = false;
  #requestStartedMs: number | null = null;
  #answered = false;
  #retried = false;
  #interimAnswers = 0;
  #status: number | null = null;
  #retryAfterMs: number | null = null;
  #chunks: Uint8Array[] | null = null;
  #bytes = 0;

  constructor(options: HttpAttemptOptions) {
    this.#options = options;
  }

  start(): void {
    const { request, connections, origin } = this.#options;
    this.#timer = setTimeout(onDeadline, request.timeoutMs, this);
    connections.borrow(origin, this);
  }

  onConnection(connection: Connection): void {
    this.#connection = connection;
    this.#dispatch(connection);
  }

  #dispatch(connection: Connection): void {
    const { request, path } = this.#options;
    connection.dispatch(
      { path, method: request.method, headers: request.headers as string[], body: request.body },
      this,
    );
  }

  onRequestStart(): void {
    this.#requestStartedMs = performance.now();
    this.#connection?.onRequestStart();
  }

  /** The first byte of an answer has come. */
  onResponseStarted(): void {
    this.#answered = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#ended) return;
    if (status < 200) {
      this.#interimAnswers += 1;
      if (this.#interimAnswers > interimAnswersMax) this.#fail(interimFailure);
      return;
    }
    this.#status = status;
    if (status >= 300) this.#retryAfterMs = parseRetryAfter(headers["retry-after"], this.#options.wallMs());
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    this.#chunks ??= [];
    const room = limits.responseBodyBytes - this.#bytes;
    this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    this.#bytes += Math.min(room, chunk.length);
    // Reading on would only serve to use the connection again, at the pace that the receiver likes.
    if (chunk.length > room) this.#endWithStatus({ isCut: true });
  }

  onResponseEnd(): void {
    if (!this.#ended) this.#endWithStatus({ isCut: false });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#ended) return;
    if (this.#status !== null) this.#endWithStatus({ isCut: true });
    else if (this.#metStaleConnection(error)) this.#sendAgain();
    else this.#fail(failureOf(error));
  }

  /** Ends it without waiting any longer: with its status where one came, else as interrupted. */
  interrupt(): void {
    if (this.#ended) return;
    if (this.#status !== null) this.#endWithStatus({ isCut: true });
    else this.#fail(interruptedFailure);
  }

  onDeadline(): void {
    if (this.#ended) return;
    if (this.#status !== null) this.#endWithStatus({ isCut: true });
    else this.#fail(timeoutFailure(this.#options.request.timeoutMs, this.#stage()));
  }

  #stage(): "waiting" | "connecting" | "answer" {
    if (this.#connection === null) return "waiting";
    return this.#requestStartedMs === null ? "connecting" : "answer";
  }

  /**
   * A receiver may close a connection that idles at the very moment that we write to it. That says nothing about the
   * receiver, so the request is sent once more, on a new connection. It may be that the receiver had read the request
   * and died of it: then it comes twice, which a webhook is allowed to (`webhook-id` is the same, delivery is at least
   * once), and the second failure counts.
   */
  #metStaleConnection(error: Error): boolean {
    return (
      !this.#retried &&
      !this.#answered &&
      this.#requestStartedMs !== null &&
      this.#connection?.isReused === true &&
      performance.now() - this.#requestStartedMs < staleWithinMs &&
      isClosedByPeer(error)
    );
  }

  /** undici connects anew: it has lost the connection that it had. Not at once: it is still clearing up. */
  #sendAgain(): void {
    this.#retried = true;
    this.#requestStartedMs = null;
    setImmediate(() => {
      if (!this.#ended && this.#connection !== null) this.#dispatch(this.#connection);
    });
  }

  #fail(failure: SendFailure): void {
    this.#end(failure, { isCut: false, keepsConnection: false });
  }

  #endWithStatus({ isCut }: { isCut: boolean }): void {
    const status = this.#status ?? 0;
    const failure = status >= 200 && status < 300 ? null : statusFailure(status);
    this.#end(failure, { isCut, keepsConnection: !isCut });
  }

  #end(failure: SendFailure | null, how: { isCut: boolean; keepsConnection: boolean }): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    const { connections, origin, onEnd } = this.#options;
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) connections.leave(origin, this);
    else if (how.keepsConnection) connections.giveBack(connection);
    else connections.discard(connection);
    onEnd(this, {
      status: this.#status,
      errorClass: failure?.errorClass ?? null,
      errorDetail: failure?.errorDetail ?? null,
      durationMs: Math.round(performance.now() - this.#startedMs),
      responseBody: joined(this.#chunks, this.#bytes),
      responseTruncated: how.isCut,
      retryAfterMs: failure === null ? null : this.#retryAfterMs,
    });
  }
}

function onDeadline(attempt: HttpAttempt): void {
  attempt.onDeadline();
}

/** A copy of exact size: a chunk is a window on the socket's much larger buffer. */
function joined(chunks: readonly Uint8Array[] | null, bytes: number): Uint8Array {
  if (chunks === null) return noBytes;
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
