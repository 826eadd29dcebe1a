/**
 * Stage 3 of 4: publish → dispatch → [attempt] → journal. An endpoint that is code of the embedding program: what it
 * returns from delivers, what it throws fails the attempt.
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import {
  type Handler,
  HandlerFailure,
  type HandlerResult,
  type Handlers,
  handlerEvent,
  handlerStatus,
} from "../core/handler.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Logger } from "../core/ports.ts";
import type { AttemptHow, EndpointKindPort } from "./attempt.ts";
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
}

interface Call {
  readonly endpoint: Endpoint;
  readonly event: StoredEvent;
  readonly stored: StoredEvent;
  readonly attempt: number;
}

/** Why nobody waits for a handler any more. */
const timeUp = "time is up";
const closing = "the app closes";

export class HandlerKind implements EndpointKindPort {
  readonly #options: HandlerKindOptions;
  /** Of calls that wait for their turn. */
  readonly #stop = new AbortController();
  /** Of each call that runs. */
  readonly #calls = new Set<AbortController>();
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
    const { handlers, slots } = this.#options;
    const name = endpoint.handler ?? "";
    if (!handlers.has(name)) {
      return withoutOutput(runFailed("handler", `The program that Trotline is part of has no handler \`${name}\`.`));
    }
    const free = await slots.take(endpoint, endpoint.timeoutMs, this.#stop.signal);
    if (free === null) {
      const isClosing = this.#stop.signal.aborted;
      return withoutOutput(isClosing ? interrupted(0) : waitedTooLong(endpoint.timeoutMs));
    }
    const handler = handlers.get(name);
    try {
      const prepared = await this.#options.preparation.event(endpoint, event);
      if (prepared !== null && handler !== undefined) {
        return await this.#call(handler, { endpoint, event: prepared, stored: event, attempt: how.number }, free);
      }
    } catch (error) {
      free();
      return failureOf(error) ?? withoutOutput(this.#failed(error, 0));
    }
    free();
    return unsent(null, "The transform left the event out: nothing was run.");
  }

  /** Nobody waits for what runs any more. */
  close(): void {
    this.#stop.abort();
    for (const call of this.#calls) call.abort(closing);
  }

  /** The slot is free again when the handler has settled, however long that takes. */
  async #call(handler: Handler, call: Call, free: () => void): Promise<AttemptResult> {
    const { output, clock } = this.#options;
    const { endpoint, event, attempt } = call;
    const startedAtMs = clock.wallMs();
    const written = output.begin(endpoint, { eventId: event.id, eventType: event.type, attempt, startedAtMs });
    const startedMs = performance.now();
    const stop = new AbortController();
    const { signal } = stop;
    this.#calls.add(stop);
    const timer = setTimeout(() => stop.abort(timeUp), endpoint.timeoutMs);
    const settled = this.#settled(handler, call, { written, signal });
    void settled.then(free);
    const result = await Promise.race([settled, aborted(signal)]);
    clearTimeout(timer);
    this.#calls.delete(stop);
    const durationMs = performance.now() - startedMs;
    if (result === timeUp) {
      const sentence = `It had not ended after ${endpoint.timeoutMs} ms; until it has, it counts as running.`;
      return written.end(runFailed("timeout", sentence, { durationMs }));
    }
    if (typeof result === "string") return written.end(interrupted(durationMs));
    if ("error" in result) return written.end(this.#failed(result.error, durationMs));
    return written.end(ran(durationMs, handlerStatus(result.value?.status)));
  }

  /** Never rejects. */
  async #settled(
    handler: Handler,
    { endpoint, event, stored, attempt }: Call,
    { written, signal }: { readonly written: RunOutput; readonly signal: AbortSignal },
  ): Promise<{ readonly value: HandlerResult | undefined } | { readonly error: unknown }> {
    try {
      const value = await handler(handlerEvent(event, stored), {
        endpointId: endpoint.id,
        attempt,
        signal,
        logger: this.#options.logger,
        write: (text, stream = "stdout") => written.write(stream, Buffer.from(text)),
      });
      return { value: value ?? undefined };
    } catch (error) {
      return { error };
    }
  }

  #failed(error: unknown, durationMs: number): RunOutcome {
    const sentence = (error instanceof Error ? error.message : String(error)).slice(0, limits.handlerFailureLength);
    if (error instanceof HandlerFailure) {
      const { errorClass, status, retryAfterMs, isEcho } = error;
      return runFailed(errorClass, sentence, { durationMs, status, retryAfterMs, isEcho });
    }
    this.#options.logger.debug({ err: error }, "A handler failed.");
    return runFailed("handler", sentence === "" ? "The handler failed, and did not say why." : sentence, {
      durationMs,
    });
  }
}

const interrupted = (durationMs: number): RunOutcome =>
  runFailed("interrupted", "The app closed before it had ended.", { durationMs });

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(String(signal.reason));
    else signal.addEventListener("abort", () => resolve(String(signal.reason)), { once: true });
  });
}
