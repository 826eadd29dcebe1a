/** Sends events to local code one after another; an event is over when it was answered, or a person says so. */
import { TrotlineApiError, type TrotlineEvent } from "../../sdk/client.ts";
import { orAborted, pause } from "../../sdk/pause.ts";
import type { LocalRequest } from "./local-request.ts";
import type { Prepare, PreparedEvent } from "./prepared-event.ts";
import { RecentEvents } from "./recent-events.ts";
import { type LocalAnswer, type NoLocalAnswer, sendLocally } from "./send-locally.ts";

export interface AttemptReport {
  readonly at: Date;
  readonly event: TrotlineEvent;
  readonly trigger: "live" | "replay";
  /** 1 for the first of an event. */
  readonly number: number;
  readonly request: LocalRequest;
  /** Null where nothing is sent. */
  readonly outcome: LocalAnswer | NoLocalAnswer | null;
  readonly durationMs: number;
}

/** Who watches. */
export interface Audience {
  begins(event: TrotlineEvent, request: LocalRequest): void;
  attempted(report: AttemptReport): Promise<void>;
  waits(event: TrotlineEvent, failure: string): void;
  /** The event is over without an answer. */
  leaves(event: TrotlineEvent, why: "skipped" | "given up" | "gone"): void;
}

interface ListenerSettings {
  readonly prepare: Prepare;
  readonly audience: Audience;
  /** Null where nothing is sent. */
  readonly timeoutMs: number | null;
  /** Attempts after the first, of an event that reaches nobody. */
  readonly retriesMax: number;
}

/** Retention took the event since it was read, or somebody hid the bin's request. */
const goneCodes = ["event-not-found", "request-not-found"];

/** Before an event that reached nobody is sent again; doubled each time. */
const retryDelayMs = { first: 200, max: 3000 };

export class Listener {
  readonly #settings: ListenerSettings;
  readonly #recent = new RecentEvents();
  #skipping: AbortController | null = null;
  #paused: PromiseWithResolvers<void> | null = null;
  /** The end of the attempt before: there is one at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(settings: ListenerSettings) {
    this.#settings = settings;
  }

  /**
   * Until `limit` events are over, which `ending` then tells whoever reads them. Rejects with the signal's reason once
   * that is aborted; the event that is not over comes again.
   */
  async run(
    arrivals: AsyncGenerator<TrotlineEvent, void, undefined>,
    {
      limit,
      signal,
      ending,
    }: { readonly limit: number; readonly signal: AbortSignal; readonly ending: AbortController },
  ): Promise<void> {
    try {
      let left = limit;
      for (let next = await arrivals.next(); !next.done; next = await arrivals.next()) {
        await this.#settle(next.value, signal);
        left -= 1;
        if (left > 0) continue;
        // Asked for one more, whoever keeps the place knows that this one is over.
        const kept = arrivals.next();
        ending.abort();
        return void (await kept.catch(() => {}));
      }
    } finally {
      await arrivals.return();
    }
  }

  /** Goes on with the next event. */
  skip(): void {
    this.#skipping?.abort(new Error("skipped"));
  }

  /** Answers whether it pauses now. */
  togglePause(): boolean {
    this.#paused?.resolve();
    this.#paused = this.#paused === null ? Promise.withResolvers() : null;
    return this.#paused !== null;
  }

  choose(step: -1 | 1): TrotlineEvent | null {
    return this.#recent.choose(step)?.event ?? null;
  }

  /** Sends what is chosen, once. Answers false where there is nothing. */
  async replay(signal: AbortSignal): Promise<boolean> {
    const { chosen } = this.#recent;
    if (chosen === null) return false;
    await this.#attempt(chosen, { trigger: "replay", number: 1, signal });
    return true;
  }

  async #settle(event: TrotlineEvent, signal: AbortSignal): Promise<void> {
    const { audience } = this.#settings;
    const skipping = new AbortController();
    this.#skipping = skipping;
    try {
      await this.#send(event, AbortSignal.any([signal, skipping.signal]));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (skipping.signal.aborted) audience.leaves(event, "skipped");
      else if (error instanceof TrotlineApiError && goneCodes.includes(error.code)) audience.leaves(event, "gone");
      else throw error;
    } finally {
      this.#skipping = null;
    }
  }

  async #send(event: TrotlineEvent, signal: AbortSignal): Promise<void> {
    const { prepare, audience, retriesMax } = this.#settings;
    const prepared = await prepare(event, signal);
    this.#recent.add(prepared);
    for (let number = 1; ; number++) {
      if (this.#paused !== null) await orAborted(this.#paused.promise, signal);
      const outcome = await this.#attempt(prepared, { trigger: "live", number, signal });
      signal.throwIfAborted();
      if (outcome === null || "status" in outcome || outcome.kind === "late") return;
      if (number > retriesMax) return audience.leaves(event, "given up");
      audience.waits(event, outcome.failure);
      await pause(Math.min(retryDelayMs.max, retryDelayMs.first * 2 ** Math.min(number - 1, 10)), signal);
    }
  }

  /** In turn with others. */
  #attempt(
    prepared: PreparedEvent,
    of: Pick<AttemptReport, "trigger" | "number"> & { readonly signal: AbortSignal },
  ): Promise<LocalAnswer | NoLocalAnswer | null> {
    const attempt = this.#turn.then(() => this.#attemptNow(prepared, of));
    this.#turn = attempt.catch(() => {});
    return attempt;
  }

  async #attemptNow(
    { event, request: makeRequest }: PreparedEvent,
    { trigger, number, signal }: Pick<AttemptReport, "trigger" | "number"> & { readonly signal: AbortSignal },
  ): Promise<LocalAnswer | NoLocalAnswer | null> {
    const { audience, timeoutMs } = this.#settings;
    const request = await makeRequest();
    const at = new Date();
    const startMs = performance.now();
    if (timeoutMs !== null) audience.begins(event, request);
    const outcome = timeoutMs === null ? null : await sendLocally(request, { timeoutMs, signal });
    const durationMs = Math.round(performance.now() - startMs);
    if (outcome !== null && "kind" in outcome && outcome.kind === "stopped") return outcome;
    await audience.attempted({ at, event, trigger, number, request, outcome, durationMs });
    return outcome;
  }
}
