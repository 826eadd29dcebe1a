/**
 * Stage 3 of 4: publish → dispatch → [attempt] → journal. An endpoint that is code of the embedding program: what it
 * returns from delivers, what it throws fails the attempt.
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { type Handler, HandlerFailure, type Handlers, handlerEvent, handlerStatus } from "../core/handler.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Logger } from "../core/ports.ts";
import { type AttemptHow, type EndpointKindPort, type MayBegin, notBegun, unexpectedFailure } from "./attempt.ts";
import type { LiveOutput, RunOutput } from "./live-output.ts";
import { unsent } from "./payload/content.ts";
import { failureOf, type Preparation } from "./payload/preparation.ts";
import { type RunOutcome, ran, runFailed, waitedTooLong, withoutOutput } from "./run-result.ts";
import type { RunSlots } from "./run-slots.ts";

export interface HandlerKindOptions {
  readonly handlers: Handlers;
  readonly preparation: Pick<Preparation, "event">;
  readonly output: LiveOutput;
  readonly slots: RunSlots;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly mayBegin: MayBegin;
}

interface Call {
  readonly endpoint: Endpoint;
  readonly event: StoredEvent;
  readonly stored: StoredEvent;
  readonly attempt: number;
  readonly stop: AbortController;
}

/** Why nobody waits for a handler any more: names of the errors with which its signal is aborted. */
const timeUp = "TimeoutError";
const stopped = "AbortError";

export class HandlerKind implements EndpointKindPort {
  readonly #options: HandlerKindOptions;
  /** Cuts a call off, or its waiting for its turn; and the id of its endpoint. */
  readonly #stops = new Map<AbortController, string>();
  #isClosed = false;
  /** Ids of endpoints of which the log says that they wait. */
  readonly #waiting = new Set<string>();

  constructor(options: HandlerKindOptions) {
    this.#options = options;
  }

  /** Events wait for a handler that is not there: another program may have it, or this one soon. */
  isReady({ id, handler }: Endpoint): boolean {
    const isThere = this.#options.handlers.has(handler ?? "");
    if (isThere) this.#waiting.delete(id);
    else if (!this.#waiting.has(id)) {
      this.#waiting.add(id);
      const facts = { endpoint: id, handler };
      this.#options.logger.warn(facts, "This program has no handler of this name: the endpoint's events wait for it.");
    }
    return isThere;
  }

  async attempt(endpoint: Endpoint, event: StoredEvent, how: AttemptHow): Promise<AttemptResult> {
    const name = endpoint.handler ?? "";
    if (!this.#options.handlers.has(name)) return unregistered(name);
    const stop = new AbortController();
    if (this.#isClosed) stop.abort();
    this.#stops.set(stop, endpoint.id);
    try {
      return await this.#attemptUntil(stop, endpoint, { event, how });
    } finally {
      this.#stops.delete(stop);
    }
  }

  async #attemptUntil(
    stop: AbortController,
    endpoint: Endpoint,
    { event: stored, how }: { readonly event: StoredEvent; readonly how: AttemptHow },
  ): Promise<AttemptResult> {
    const { handlers, slots, preparation, logger, mayBegin } = this.#options;
    const { signal } = stop;
    const free = await slots.take(endpoint, endpoint.timeoutMs, signal);
    if (free === null) {
      return withoutOutput(signal.aborted ? this.#stopped(0) : waitedTooLong(endpoint.timeoutMs));
    }
    let refused: AttemptResult;
    try {
      const event = await preparation.event(endpoint, stored);
      const name = endpoint.handler ?? "";
      const handler = handlers.get(name); // Now: it may have gone meanwhile, or be another.
      const isHeld = mayBegin(how);
      if (event !== null && handler !== undefined && !signal.aborted && isHeld) {
        return this.#call(handler, { endpoint, event, stored, attempt: how.number, stop }, free);
      }
      if (!isHeld) refused = notBegun;
      else if (signal.aborted) refused = withoutOutput(this.#stopped(0));
      else if (handler === undefined) refused = unregistered(name);
      else refused = unsent(null, "The transform left the event out: nothing was run.");
    } catch (error) {
      const foreseen = failureOf(error);
      if (foreseen === null) logger.error({ err: error, endpoint: endpoint.id }, "A run met an unexpected error.");
      refused = foreseen ?? unexpectedFailure;
    }
    free();
    return refused;
  }

  /** The endpoint was deleted: nobody waits for what runs for it any more. */
  drop({ id }: Endpoint): void {
    const reason = new DOMException("Its endpoint was deleted.", stopped);
    for (const [stop, endpointId] of this.#stops) if (endpointId === id) stop.abort(reason);
  }

  /** Nobody waits for what runs any more. */
  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stops.keys()) stop.abort(new DOMException("The app closes.", stopped));
  }

  /** Never rejects. The slot is free again when the handler has settled, however long that takes. */
  async #call(handler: Handler, call: Call, free: () => void): Promise<AttemptResult> {
    const { output, clock } = this.#options;
    const { endpoint, event, attempt, stop } = call;
    const startedAtMs = clock.wallMs();
    const written = output.begin(endpoint, { eventId: event.id, eventType: event.type, attempt, startedAtMs });
    const startedMs = performance.now();
    const timer = setTimeout(() => stop.abort(new DOMException("Time is up.", timeUp)), endpoint.timeoutMs);
    const cutOff = aborted(stop.signal);
    const settled = this.#settled(handler, call, written);
    void settled.then(free);
    const outcome = await Promise.race([settled, cutOff]);
    clearTimeout(timer);
    const durationMs = performance.now() - startedMs;
    if (outcome === timeUp) {
      const sentence = `It had not ended after ${endpoint.timeoutMs} ms; until it has, it counts as running.`;
      return written.end(runFailed("timeout", sentence, { durationMs }));
    }
    return written.end(outcome === stopped ? this.#stopped(durationMs) : { ...outcome, durationMs });
  }

  #stopped(durationMs: number): RunOutcome {
    return this.#isClosed
      ? runFailed("interrupted", "The app closed before it had ended.", { durationMs })
      : runFailed("handler", "Its endpoint was deleted before it had ended.", { durationMs });
  }

  /** Never rejects, whatever the handler answers or throws. */
  async #settled(
    handler: Handler,
    { endpoint, event, stored, attempt, stop }: Call,
    written: RunOutput,
  ): Promise<RunOutcome> {
    try {
      const value = await handler(handlerEvent(event, stored), {
        endpointId: endpoint.id,
        attempt,
        signal: stop.signal,
        logger: this.#options.logger,
        write: (text, stream = "stdout") => written.write(stream, Buffer.from(text)),
      });
      return ran(0, handlerStatus(value?.status));
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): RunOutcome {
    const sentence = sentenceOf(error);
    if (!isHandlerFailure(error)) {
      this.#options.logger.debug({ reason: sentence }, "A handler failed.");
      return runFailed("handler", sentence);
    }
    const { errorClass, status, retryAfterMs, isEcho } = error;
    // The lane waits for the end of the app after it, which does not come: nothing would go any more.
    const isUntrue = errorClass === "interrupted" && !this.#isClosed;
    return runFailed(isUntrue ? "handler" : errorClass, sentence, { status, retryAfterMs, isEcho });
  }
}

const unregistered = (name: string): AttemptResult =>
  withoutOutput(runFailed("handler", `The program that Trotline is part of has no handler \`${name}\`.`));

/** Anything can be thrown, also what cannot be asked for anything. */
function sentenceOf(error: unknown): string {
  try {
    const sentence = String(error instanceof Error ? error.message : error).slice(0, limits.handlerFailureLength);
    if (sentence !== "") return sentence;
  } catch {
    // It says nothing.
  }
  return "The handler failed, and did not say why.";
}

function isHandlerFailure(error: unknown): error is HandlerFailure {
  try {
    return error instanceof HandlerFailure;
  } catch {
    return false;
  }
}

/** The name of the error with which it is aborted. */
function aborted(signal: AbortSignal): Promise<typeof timeUp | typeof stopped> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve((signal.reason as DOMException).name as typeof timeUp), {
      once: true,
    });
  });
}
