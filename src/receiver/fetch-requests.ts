/** Requests as the web has them: Hono, and every framework whose handlers take a `Request`. */
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { headerValues } from "../core/received-request.ts";
import { alreadyRead, type Bounds, type Door, streamedBody } from "./door.ts";

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

async function bodyOf({ body, bodyUsed }: Request, bounds: Bounds): Promise<Uint8Array> {
  if (bodyUsed || body?.locked) throw alreadyRead();
  if (body === null) return new Uint8Array(0);
  const stream = Readable.fromWeb(body as ReadableStream);
  try {
    return await streamedBody(stream, bounds);
  } finally {
    // What is still to come is nobody's any more.
    stream.once("error", () => {}).destroy();
  }
}
