/** The doors to the machine that rules and stages are given; `platform/` has the real ones, tests have others. */
import type { AttemptResult } from "./attempt.ts";
import type { TlsSettings } from "./endpoint-reach.ts";

export interface Clock {
  /** Milliseconds since 1970 as the system says: for time stamps that others read. It may step. */
  wallMs(): number;
  /** Milliseconds on a clock that began at the wall's time and never steps: for everything that is due. */
  steadyMs(): number;
}

export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** Fresh bytes, fit for secrets. */
  bytes(count: number): Uint8Array;
}

/** Structured logging. Never given a secret, a key or an event's data. */
export interface Logger {
  debug(facts: object, sentence: string): void;
  info(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
  error(facts: object, sentence: string): void;
}

export interface SendRequest {
  /** Absolute, http: or https:. */
  readonly url: string;
  /** Goes behind the URL's own. */
  readonly query?: string | undefined;
  readonly method: "POST" | "PUT" | "PATCH" | "GET" | "DELETE" | "OPTIONS";
  /** Names and values in turn. Never host, content-length or connection: those belong to the sender. */
  readonly headers: readonly string[];
  /** Those that come first, the same for many requests: the sender keeps what it makes of an array that comes again. */
  readonly commonHeaders?: readonly string[];
  /** Sent as it is; empty sends none. Must not change until the attempt has ended. */
  readonly body: Uint8Array;
  /** Over everything: waiting for a connection, making it, writing, and reading the answer. */
  readonly timeoutMs: number;
  /** What is trusted and shown, in place of what is built in. One object stands for one set of connections. */
  readonly tls?: TlsSettings;
  /** Headers of the answer that the result is to have, in lower case. */
  readonly answerHeaders?: readonly string[];
  /** Ends the attempt as `interrupted`. */
  readonly signal?: AbortSignal;
}

/** Sends one request over HTTP. What it may not reach, it refuses before a byte is written. */
export interface Sender {
  /**
   * Never rejects: every failure is a class and a sentence of the result. The status line decides the outcome; 2xx
   * delivered. The body is read for display only, and cut at `limits.responseBodyBytes` or when time is up.
   */
  send(request: SendRequest): Promise<AttemptResult>;
  /** These settings are no longer anyone's: connections made with them end, each with what is on it. */
  retireTls?(tls: TlsSettings): void;
  /** Ends every attempt in flight at once, as `interrupted` where no status had come. */
  abortAll(): void;
  /** Sends nothing new, waits for attempts in flight (each has its deadline), and closes every connection. */
  close(): Promise<void>;
}
