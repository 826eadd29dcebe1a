/** Requests as the web has them: Hono, and every framework whose handlers take a `Request`. */
import { TrotlineError } from "../core/errors.ts";
import { headerValues } from "../core/received-request.ts";
import { httpLimits } from "../http/http-limits.ts";
import { alreadyRead, type Bounds, brokenOff, type Door } from "./door.ts";

/** What a request of the web does not say of itself. */
export interface FetchOrigin {
  /** The other end of the connection: what `allowAddresses` and `trustedProxies` are about. */
  readonly address?: string;
}

export function fetchListener(door: Door): (request: Request, origin?: FetchOrigin) => Promise<Response> {
  return async (request, origin) => {
    const { protocol, host, pathname, search } = new URL(request.url);
    const target = pathname + search;
    const headers = [...request.headers].flat();
    const {
      status,
      headers: answered,
      body,
    } = await door.receive(door.sourceIn(target), {
      method: request.method,
      target,
      headers: headerValues(headers, "host").length > 0 ? headers : ["host", host, ...headers],
      peer: {
        address: typeof origin?.address === "string" ? origin.address : "",
        isEncrypted: protocol === "https:",
      },
      readBody: (bounds) => bodyOf(request, bounds),
    });
    return new Response(status === 204 || status === 205 ? null : body, { status, headers: answered });
  };
}

async function bodyOf(request: Request, { bytesMax, take }: Bounds): Promise<Uint8Array> {
  if (request.bodyUsed) throw alreadyRead();
  if (request.body === null) return new Uint8Array(0);
  const reader = request.body.getReader();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    reader.cancel().catch(() => {});
  }, httpLimits.bodyTimeoutMs);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isLate) throw new TrotlineError("request-timeout", "The body was not complete in time.");
      if (done) return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, length);
      length += value.length;
      if (length > bytesMax) throw new TrotlineError("body-too-large", `The body is larger than ${bytesMax} bytes.`);
      if (!take(value.length)) throw new TrotlineError("overloaded", "Too much is being received.");
      chunks.push(value);
    }
  } catch (error) {
    // What is still to come is nobody's any more.
    reader.cancel().catch(() => {});
    throw error instanceof TrotlineError ? error : brokenOff(error);
  } finally {
    clearTimeout(timer);
  }
}
