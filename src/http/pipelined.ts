/**
 * A client may send requests on one connection before the earlier ones are answered (RFC 9112, section 9.3.2). Node
 * runs them all at once, and tells an answer that has no socket yet neither that its client has gone, nor to stop.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TrotlineError } from "../core/errors.ts";
import { httpLimits } from "./http-limits.ts";

const waiting = new WeakMap<Socket, number>();

/** True where an earlier request of the connection is still being answered. */
export const isPipelined = (response: ServerResponse): boolean => response.socket === null;

/**
 * Resolves when every earlier request of the connection is answered; never, where the connection ends before. Refuses
 * with `too-many-waiting`.
 */
export async function turnOf({ socket }: IncomingMessage, response: ServerResponse): Promise<void> {
  const others = waiting.get(socket) ?? 0;
  if (others >= httpLimits.pipelinedRequests) {
    throw new TrotlineError("too-many-waiting", `${others} requests wait on this connection already.`);
  }
  waiting.set(socket, others + 1);
  await new Promise<void>((resolve) => response.once("socket", () => resolve()));
  waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
}
