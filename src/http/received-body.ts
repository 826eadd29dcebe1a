/** Takes the body of a received request off the wire, counting its bytes as they come. */
import type { Readable } from "node:stream";
import { TrotlineError } from "../core/errors.ts";
import { GrowingBytes } from "./growing-bytes.ts";

export interface BodyBounds {
  readonly bytesMax: number;
  /** From now to the end of the body. */
  readonly timeoutMs: number;
  /** Asked for every part; false where there is no room for it. */
  readonly take: (bytes: number) => boolean;
}

/** Rejects with `body-too-large`, `request-timeout` or `overloaded`, and as the connection does where it ends. */
export function receivedBody(payload: Readable, { bytesMax, timeoutMs, take }: BodyBounds): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const body = new GrowingBytes();
  const finish = (error: Error | null): void => {
    clearTimeout(timer);
    payload.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
    // What is still to come is dropped; whoever answers decides whether the connection is worth it.
    if (error === null) resolve(body.bytes);
    else reject(error);
  };
  const onData = (chunk: Buffer): void => {
    if (body.length + chunk.length > bytesMax) {
      finish(new TrotlineError("body-too-large", `The body is larger than ${bytesMax} bytes.`));
    } else if (take(chunk.length)) body.add(chunk);
    else finish(new TrotlineError("overloaded", "Too much is being received."));
  };
  const onEnd = (): void => finish(null);
  const onError = (error: Error): void => {
    payload.once("error", () => {});
    finish(error);
  };
  const onClose = (): void => finish(new Error("the connection ended before the body"));
  const late = (): void =>
    finish(new TrotlineError("request-timeout", `The body was not complete after ${timeoutMs} ms.`));
  const timer = setTimeout(late, timeoutMs);
  payload.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
  return promise;
}
