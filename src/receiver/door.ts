/** What requests of Node and of the web have in common: which source they are for, and what is answered. */
import type { Readable } from "node:stream";
import type { App } from "../app.ts";
import { errorCatalogue, TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import { httpLimits } from "../http/http-limits.ts";
import { asTrotlineError, problemOf } from "../http/problem.ts";
import { receivedBody } from "../http/received-body.ts";
import type { InboundAnswer } from "../inbound/answer.ts";
import { type Arrival, pathOf } from "../inbound/receive.ts";

export type Bounds = Parameters<Arrival["readBody"]>[0];

export interface Door {
  /** The source that a target leads to; null where it leads to none. */
  sourceIn(target: string): string | null;
  /** Never rejects: whatever went wrong is an answer. */
  receive(source: string | null, arrival: Arrival): Promise<InboundAnswer>;
}

export interface DoorOptions {
  readonly path: string;
  readonly sources: readonly string[];
}

export function openDoor(app: App, { path, sources }: DoorOptions): Door {
  const known = new Set(sources);
  const prefix = `${path}/`;
  return {
    sourceIn: (target) => {
      const [pathname = ""] = pathOf(target).split("?", 1);
      if (!pathname.startsWith(prefix)) return null;
      const [name = ""] = pathname.slice(prefix.length).split("/", 1);
      return known.has(name) ? name : null;
    },
    receive: async (source, arrival) => {
      try {
        if (source !== null) return await app.receiving.receive(source, arrival);
        throw new TrotlineError("route-not-found", "There is nothing at this address.");
      } catch (error) {
        return refusal(app, error);
      }
    },
  };
}

function refusal({ clock, random, logger }: App, cause: unknown): InboundAnswer {
  const error = asTrotlineError(cause);
  const requestId = makeId("req", clock.wallMs(), random.bytes(16));
  if (error.code === "internal") {
    logger.error({ request_id: requestId, err: error.cause }, "A request met an unexpected error.");
  }
  if (error.code === "body-already-read") {
    logger.error({ request_id: requestId }, `${error.message} ${errorCatalogue[error.code].advice}`);
  }
  return problemOf(error, requestId);
}

/** Nobody can verify what was read and is gone. */
export const alreadyRead = (): TrotlineError =>
  new TrotlineError("body-already-read", "Something read the body of the request before Trotline could.");

/** A body as it comes, within the bounds and the time of those that a server takes. */
export async function streamedBody(stream: Readable, bounds: Bounds): Promise<Uint8Array> {
  try {
    return await receivedBody(stream, { ...bounds, timeoutMs: httpLimits.bodyTimeoutMs });
  } catch (error) {
    if (error instanceof TrotlineError) throw error;
    // The client hung up in the middle of its request: there is nobody to tell.
    throw new TrotlineError("request-timeout", "The connection ended before the body did.", { cause: error });
  }
}

/** A body that somebody read and kept, within the bounds of one that is read here. */
export function keptBody(body: Uint8Array, { bytesMax, take }: Bounds): Uint8Array {
  if (body.length > bytesMax) throw new TrotlineError("body-too-large", `The body is larger than ${bytesMax} bytes.`);
  if (!take(body.length)) throw new TrotlineError("overloaded", "Too much is being received.");
  return body;
}
