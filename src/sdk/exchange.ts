/** One request and its answer, or one of the two errors: what the server says, or that it said nothing. */
import { answerText } from "./answer-text.ts";
import { apiError, type RefusedItem } from "./api-error.ts";
import { TrotlineConnectionError } from "./connection-error.ts";
import type { Settings } from "./options.ts";

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query; begins with a slash. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Characters of a foreign answer that an error shows. */
const shownCharacters = 200;

/**
 * The JSON of the answer; null where it has none (204). Rejects with a `TrotlineApiError`, a `TrotlineConnectionError`,
 * or the signal's reason.
 */
export async function exchange(request: Request, settings: Settings): Promise<unknown> {
  const { signal, timeoutMs } = request;
  signal?.throwIfAborted();
  const ending = new AbortController();
  const onAbort = (): void => ending.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => ending.abort(new Error(`no answer within ${Math.ceil(timeoutMs)} ms`)), timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await settings.fetch(settings.url + request.path, {
      method: request.method,
      headers:
        request.body === undefined ? settings.headers : { ...settings.headers, "content-type": "application/json" },
      ...(request.body === undefined ? {} : { body: request.body }),
      // Followed, a POST would become a GET; and some runtimes know no `error`.
      redirect: "manual",
      signal: ending.signal,
    });
    text = await answerText(response);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw noAnswer(request, ending.signal.aborted ? ending.signal.reason : error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
  if (!response.ok) throw refusal(response, text, request);
  if (response.status === 204) return null;
  return jsonOf(text, request, settings);
}

function jsonOf(text: string, request: Request, settings: Settings): unknown {
  try {
    return settings.parseJson(text);
  } catch (cause) {
    throw noAnswer(request, cause);
  }
}

function noAnswer({ method, path }: Request, cause: unknown): TrotlineConnectionError {
  const what = `${method} ${path.split("?", 1)[0]}`;
  return new TrotlineConnectionError(`${what}: ${sentenceOf(cause)}`, { cause });
}

/** Of Node's `fetch`, the message says only that it failed; what failed is its cause. */
function sentenceOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause;
  return inner instanceof Error && inner.message !== "" ? `${cause.message} (${inner.message})` : cause.message;
}

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
  readonly resume?: string;
  readonly lost?: number;
  readonly retryable?: boolean;
  readonly request_id?: string;
  /** Of any shape, where another server than Trotline answered. */
  readonly errors?: unknown;
}

function refusal(response: Response, text: string, request: Request): Error {
  // A redirect that a browser does not show has the status 0.
  const status = response.status === 0 ? 302 : response.status;
  const retryAfterMs = retryAfter(response.headers.get("retry-after"));
  const problem = problemOf(text);
  if (problem === null) return foreignRefusal({ status, retryAfterMs, text }, request);
  const { request_id: requestId = null, errors, ...facts } = problem;
  return apiError({ ...facts, errors: refusedItems(errors), status, requestId, retryAfterMs });
}

function problemOf(text: string): Problem | null {
  try {
    const problem = JSON.parse(text) as Partial<Problem> | null;
    return typeof problem?.code === "string" && typeof problem.detail === "string" ? (problem as Problem) : null;
  } catch {
    return null;
  }
}

function refusedItems(errors: unknown): RefusedItem[] {
  if (!Array.isArray(errors)) return [];
  return (errors as (Partial<RefusedItem> | null)[]).filter(
    (item): item is RefusedItem =>
      Number.isSafeInteger(item?.index) && typeof item?.code === "string" && typeof item.detail === "string",
  );
}

/** Something between the client and Trotline answered, or another server altogether. */
function foreignRefusal(
  answer: { readonly status: number; readonly retryAfterMs: number | null; readonly text: string },
  { method, path }: Request,
): Error {
  const { status, retryAfterMs, text } = answer;
  const shown = text.replace(/\s+/g, " ").trim().slice(0, shownCharacters);
  const isRedirect = status >= 300 && status < 400;
  const hint = isRedirect ? " It redirects: give the client the address that it leads to." : "";
  const detail = `${method} ${path.split("?", 1)[0]} was answered ${status}, not by Trotline.${hint}${shown && ` ${shown}`}`;
  return apiError({ status, code: `http-${status}`, detail, retryAfterMs, retryable: isWorthRepeating(status) });
}

/** Statuses that say nothing about the request itself. */
export const isWorthRepeating = (status: number): boolean =>
  status === 408 || status === 429 || (status >= 500 && status !== 501);

/** Seconds or an HTTP date; null where there is neither. */
export function retryAfter(header: string | null, nowMs: number = Date.now()): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}
