import { timerMsMax } from "./pause.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry-policy.ts";

/** Told before each wait for another attempt, so that a program can say why it is quiet. */
export interface RetryNotice {
  /** `POST /v1/events`, say. */
  readonly request: string;
  /** The attempt that failed; 1 for the first. */
  readonly attempt: number;
  readonly error: Error;
  /** Until the next one. */
  readonly delayMs: number;
}

export interface TrotlineOptions {
  /** Where the server is, such as `https://events.example.com`; a path is kept. */
  readonly url: string;
  /** A key of the server; absent where it takes requests without. */
  readonly key?: string | undefined;
  /** Whose events these are, where a call names no other. */
  readonly tenant?: string | undefined;
  /** In place of the platform's own. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** For one attempt; where the server is asked to wait, for what it takes beyond. 30 seconds where absent. */
  readonly timeoutMs?: number | undefined;
  /** Members that are absent are those of `defaultRetryPolicy`. */
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Hears of every attempt that failed and is made again. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** In place of `JSON.parse`, for programs that need whole numbers beyond 2^53 as they were published. */
  readonly parseJson?: ((text: string) => unknown) | undefined;
}

export interface Settings {
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tenant: string | undefined;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly onRetry: (notice: RetryNotice) => void;
  readonly parseJson: (text: string) => unknown;
}

const timeoutMsDefault = 30_000;

/** Refuses what cannot work with a TypeError, so that it is not met as a failing network. */
export function settingsOf(options: TrotlineOptions): Settings {
  const { key, timeoutMs = timeoutMsDefault, onRetry, parseJson } = options;
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new TypeError("`key` is not a key: it is empty, or has a space, a line's end or another foreign character.");
  }
  if (!(timeoutMs > 0 && timeoutMs <= timerMsMax)) throw new TypeError("`timeoutMs` is a number above 0.");
  return {
    url: baseUrl(options.url),
    headers: { accept: "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    tenant: options.tenant,
    // Called without a receiver: browsers refuse their `fetch` as a method of anything else.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    timeoutMs,
    retry: retryPolicy(options.retry ?? {}),
    onRetry: onRetry ?? (() => {}),
    parseJson: parseJson ?? JSON.parse,
  };
}

function retryPolicy(given: Partial<RetryPolicy>): RetryPolicy {
  const policy = { ...defaultRetryPolicy, ...given };
  for (const [name, value] of Object.entries(policy)) {
    if (!(typeof value === "number" && value >= 0)) throw new TypeError(`\`retry.${name}\` is a number of at least 0.`);
  }
  return policy;
}

function baseUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TypeError(`\`url\` is not a URL: ${JSON.stringify(text)}.`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError("`url` begins with http: or https:.");
  if (url.username !== "" || url.password !== "") throw new TypeError("`url` carries no user name; give a `key`.");
  if (url.search !== "" || url.hash !== "") throw new TypeError("`url` has neither a query nor a fragment.");
  return url.origin + url.pathname.replace(/\/+$/, "");
}
