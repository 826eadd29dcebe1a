/** Requests to the server: sent again while that may help, and no answer is taken for one that is not. */
import { TrotlineApiError } from "./api-error.ts";
import { TrotlineConnectionError } from "./connection-error.ts";
import { exchange, isWorthRepeating, type Request } from "./exchange.ts";
import type { RetryNotice, Settings } from "./options.ts";
import { pause, timerMsMax } from "./pause.ts";
import { type Query, queryText } from "./query.ts";
import { endless, type RetryPolicy, retryDelayMs } from "./retry-policy.ts";

export interface Call {
  readonly method: Request["method"];
  /** Begins with a slash, without query. */
  readonly path: string;
  readonly query?: Query | undefined;
  /** Becomes JSON, unless it is `text` already. */
  readonly body?: object | undefined;
  readonly text?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long the server is asked to hold its answer. */
  readonly waitMs?: number | undefined;
  /**
   * `bounded` (where absent) as the client's policy says; `endless` for readers; `refused` for what must not be done
   * twice: only where the server said that it did nothing; `once` never.
   */
  readonly repeat?: "bounded" | "endless" | "refused" | "once";
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Whether JSON is an answer to this; any object where absent. */
  readonly isAnswer?: (json: unknown) => boolean;
}

/** An attempt is not begun with less time than this. */
const attemptMsMin = 1;

export class Transport {
  readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /**
   * The JSON of the answer. Rejects with `TrotlineApiError`, `TrotlineConnectionError` or the signal's reason, after
   * the last attempt that the policy allows.
   */
  async call<Answer>(call: Call): Promise<Answer> {
    const policy = this.#policy(call);
    const startMs = performance.now();
    const deadlineMs = startMs + policy.totalMsMax;
    const body = call.text ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
    for (let number = 1; ; number++) {
      try {
        return (await this.#attempt(call, body, deadlineMs)) as Answer;
      } catch (cause) {
        const error = cause as Error;
        if (call.signal?.aborted || !mayRepeat(error, call.repeat)) throw error;
        const elapsedMs = performance.now() - startMs;
        const retryAfterMs = error instanceof TrotlineApiError ? error.retryAfterMs : null;
        const delayMs = retryDelayMs({ number, elapsedMs, retryAfterMs }, policy, Math.random());
        if (delayMs === null) throw error;
        const notice = { request: `${call.method} ${call.path}`, attempt: number, error, delayMs };
        this.settings.onRetry(notice);
        call.onRetry?.(notice);
        await pause(delayMs, call.signal);
      }
    }
  }

  async #attempt(call: Call, body: string | undefined, deadlineMs: number): Promise<unknown> {
    const patienceMs = this.settings.timeoutMs + (call.waitMs ?? 0);
    const timeoutMs = Math.max(attemptMsMin, Math.min(patienceMs, timerMsMax, deadlineMs - performance.now()));
    const { method, signal } = call;
    const path = call.path + queryText(call.query ?? {});
    const json = await exchange({ method, path, body, timeoutMs, signal }, this.settings);
    if ((call.isAnswer ?? isObject)(json)) return json;
    throw new TrotlineConnectionError(`${method} ${call.path}: the answer is not one of Trotline.`);
  }

  #policy(call: Call): RetryPolicy {
    const { retry } = this.settings;
    if (call.repeat === "endless") return endless(retry);
    return call.repeat === "once" ? { ...retry, attemptsMax: 1 } : retry;
  }
}

/** Statuses with which a server says that it did nothing. */
const nothingWasDone = [429, 503];

function mayRepeat(error: Error, repeat: Call["repeat"]): boolean {
  if (error instanceof TrotlineApiError) {
    return repeat === "refused" ? nothingWasDone.includes(error.status) : isWorthRepeating(error.status);
  }
  return error instanceof TrotlineConnectionError && repeat !== "refused";
}

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === "object" && json !== null && !Array.isArray(json);

/** A resource has an id or a name. */
export const isResource = (json: unknown): boolean =>
  isObject(json) && (typeof json.id === "string" || typeof json.name === "string");

/** A list that may have ended. */
export const isPage = (json: unknown): boolean =>
  isObject(json) && Array.isArray(json.data) && typeof json.has_more === "boolean";

/** A page of the log, which never ends. */
export const isEventPage = (json: unknown): boolean =>
  isPage(json) && typeof (json as { next_cursor: unknown }).next_cursor === "string";

export const isConsumerPage = (json: unknown): boolean =>
  isEventPage(json) && typeof (json as { lease: unknown }).lease === "string";

export const isCluster = (json: unknown): boolean =>
  isObject(json) && typeof json.answered_by === "string" && Array.isArray(json.processes);

export const isNothing = (json: unknown): boolean => json === null;
