import type { DeliveryMethod } from "../core/endpoint-payload.ts";

/** What of a request a signature is over, and what its headers say. */
export interface Signed {
  readonly id: string;
  /** The event's type; of several events in one request, what stands for them. */
  readonly type: string;
  readonly timestampSeconds: number;
  /** As it is before it is compressed. */
  readonly body: Uint8Array;
  /** As it goes over the wire; `body` where absent. */
  readonly sent?: Uint8Array;
  readonly method: DeliveryMethod | "OPTIONS";
  /** As it is sent, with its query. */
  readonly url: string;
}

/**
 * The URL as the receiver sees it: in ASCII, with a path that is never empty, no port that goes without saying, and no
 * `?` with nothing behind it.
 */
export function targetUri(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return origin + pathname + search;
}
