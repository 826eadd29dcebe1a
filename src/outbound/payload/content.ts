import type { AttemptResult, ErrorClass } from "../../core/attempt.ts";

/** What one request carries. */
export interface Content {
  /** What is signed: the body as it is before it is compressed; where there is none, the query. */
  readonly body: Buffer;
  /** What goes over the wire, where that is something else. */
  readonly sent?: Buffer;
  /** Headers of this content alone, names and values in turn. */
  readonly headers?: readonly string[];
  /** Goes behind the URL. */
  readonly query?: string;
  /** In place of the event's, where it is somebody else's request that is sent on. */
  readonly id?: string;
}

/** The URL as it is sent; a `?` with nothing behind it is not. */
export function urlWith(url: string, query = ""): string {
  if (query === "") return url;
  if (url.indexOf("?") === url.length - 1) return url + query;
  return `${url}${url.includes("?") ? "&" : "?"}${query}`;
}

/** Why an event cannot be made into what its endpoint wants, in a sentence for people. */
export class PayloadFailure extends Error {
  override readonly name = "PayloadFailure";
}

/** An attempt that ended before anything was sent. */
export const unsent = (errorClass: ErrorClass | null, sentence: string): AttemptResult => ({
  status: null,
  errorClass,
  errorDetail: errorClass === null ? null : sentence,
  durationMs: 0,
  responseBody: errorClass === null ? Buffer.from(sentence) : new Uint8Array(0),
  responseTruncated: false,
  retryAfterMs: null,
});
