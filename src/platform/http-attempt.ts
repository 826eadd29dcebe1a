/** One request from the moment it is handed over to its result. */
import type { AttemptResult } from "../core/attempt.ts";
import type { Borrower, Connections } from "./connections.ts";
import type { Deadlines, Timed } from "./deadlines.ts";
import type { Exchange, HttpConnection } from "./http-connection.ts";
import { parseRetryAfter } from "./retry-after.ts";
import {
  answerFailure,
  failureOf,
  interruptedFailure,
  isClosedByPeer,
  proxyCredentialsFailure,
  type SendFailure,
  statusFailure,
  timeoutFailure,
} from "./send-failure.ts";
import type { Destination } from "./target.ts";

/**
 * A connection that fails later than this after the request was written was not lost in the race between our writing
 * and the receiver's closing, which lasts one round trip.
 */
const staleWithinMs = 1000;

const noBytes = new Uint8Array(0);

/** What the attempts of one sender share. */
export interface AttemptHost {
  readonly connections: Connections;
  readonly deadlines: Deadlines;
  wallMs(): number;
  /** It has ended; its result is told next. */
  ended(attempt: HttpAttempt): void;
}

export interface HttpRequest {
  readonly destination: Destination;
  /** One character is one byte. */
  readonly head: string;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  readonly answerHeaders: readonly string[] | null;
}

export class HttpAttempt implements Borrower, Exchange, Timed {
  /** Its place among those that are running. */
  index = 0;
  readonly startedMs = performance.now();
  readonly timeoutMs: number;
  earlier: Timed | null = null;
  later: Timed | null = null;
  readonly #host: AttemptHost;
  readonly #request: HttpRequest;
  readonly #resolve: (result: AttemptResult) => void;
  #connection: HttpConnection | null = null;
  #ended = false;
  #sentMs: number | null = null;
  #retried = false;

  constructor(host: AttemptHost, request: HttpRequest, resolve: (result: AttemptResult) => void) {
    this.#host = host;
    this.#request = request;
    this.timeoutMs = request.timeoutMs;
    this.#resolve = resolve;
  }

  start(): void {
    this.#host.deadlines.add(this);
    this.#host.connections.borrow(this.#request.destination, this);
  }

  onConnection(connection: HttpConnection): void {
    this.#connection = connection;
    connection.answer.wanted = this.#request.answerHeaders;
    connection.send(this.#request.head, this.#request.body, this);
  }

  onSent(): void {
    this.#sentMs = performance.now();
  }

  onAnswer(): void {
    const { answer } = this.#connection!;
    if (answer.status === null) this.#fail(answerFailure(answer.answer));
    else this.#endWithStatus(answer.status, { isCut: answer.answer !== "complete" });
  }

  onLost(error: unknown): void {
    const status = this.#connection!.answer.status;
    if (status !== null) this.#endWithStatus(status, { isCut: true });
    else if (this.#metStaleConnection(error)) this.#sendAgain();
    else this.#fail(failureOf(error));
  }

  /** Ends it without waiting any longer: with its status where one came, else as interrupted. */
  interrupt(): void {
    this.#giveUp(() => interruptedFailure);
  }

  onDeadline(): void {
    this.#giveUp(() => timeoutFailure(this.timeoutMs, this.#stage()));
  }

  #giveUp(failure: () => SendFailure): void {
    if (this.#ended) return;
    const status = this.#connection?.answer.status ?? null;
    if (status !== null) this.#endWithStatus(status, { isCut: true });
    else this.#fail(failure());
  }

  #stage(): "waiting" | "connecting" | "answer" {
    if (this.#connection === null) return "waiting";
    return this.#sentMs === null ? "connecting" : "answer";
  }

  /**
   * A receiver may close a connection that idles at the very moment that we write to it. That says nothing about the
   * receiver, so the request is sent once more, on a new connection. It may be that the receiver had read the request
   * and died of it: then it comes twice, which a webhook is allowed to (`webhook-id` is the same, delivery is at least
   * once), and the second failure counts.
   */
  #metStaleConnection(error: unknown): boolean {
    const connection = this.#connection;
    return (
      !this.#retried &&
      this.#sentMs !== null &&
      connection?.isReused === true &&
      !connection.answer.hasBegun &&
      performance.now() - this.#sentMs < staleWithinMs &&
      isClosedByPeer(error)
    );
  }

  #sendAgain(): void {
    this.#retried = true;
    this.#sentMs = null;
    this.#host.connections.exchange(this.#connection!, this);
  }

  #fail(failure: SendFailure): void {
    this.#end({ status: null, failure, isCut: false });
  }

  #endWithStatus(status: number, { isCut }: { isCut: boolean }): void {
    // Only proxies answer so (RFC 9110, section 15.5.8).
    if (status === 407 && this.#request.destination.isForwarded) {
      this.#fail(proxyCredentialsFailure);
      return;
    }
    const isDelivered = status >= 200 && status < 300;
    this.#end({ status, failure: isDelivered ? null : statusFailure(status), isCut });
  }

  #end(how: { status: number | null; failure: SendFailure | null; isCut: boolean }): void {
    this.#ended = true;
    this.#host.deadlines.remove(this);
    const { status, failure, isCut } = how;
    const answer = status === null ? null : this.#connection!.answer;
    const result: AttemptResult = {
      status,
      errorClass: failure?.errorClass ?? null,
      errorDetail: failure?.errorDetail ?? null,
      durationMs: Math.round(performance.now() - this.startedMs),
      responseBody: answer?.body ?? noBytes,
      responseTruncated: isCut,
      retryAfterMs:
        failure === null || answer === null
          ? null
          : parseRetryAfter(answer.retryAfter ?? undefined, this.#host.wallMs()),
    };
    const headers = this.#request.answerHeaders === null || answer === null ? null : answer.others;
    this.#release();
    this.#host.ended(this);
    this.#resolve(headers === null ? result : { ...result, headers });
  }

  /** After everything was taken from the answer: the connection may carry the next request at once. */
  #release(): void {
    const { connections } = this.#host;
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) connections.leave(this.#request.destination, this);
    else if (connection.canServe) connections.giveBack(connection);
    else connections.discard(connection);
  }
}
