/** Takes request bodies off the wire: whole within a size and a time, or as a stream. */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { TrotlineError } from "../core/errors.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import { httpLimits } from "./http-limits.ts";

/** How long bodies may take; tests have less patience than `httpLimits`. */
export interface BodyTimeouts {
  /** From the headers to the end of a body that is read whole. */
  readonly wholeMs: number;
  /** Without a byte in either direction, while NDJSON is streamed. */
  readonly streamIdleMs: number;
}

export const defaultBodyTimeouts: BodyTimeouts = {
  wholeMs: httpLimits.bodyTimeoutMs,
  streamIdleMs: httpLimits.streamIdleMs,
};

type Done = (error: Error | null, body?: Buffer | IncomingMessage) => void;

/** JSON bodies come as a Buffer, up to `bytesMax`; with `ndjson`, those come as the stream itself. No more types. */
export function takeBodies(
  server: Pick<FastifyInstance, "removeAllContentTypeParsers" | "addContentTypeParser">,
  options: { readonly bytesMax: number; readonly ndjson: boolean; readonly timeouts: BodyTimeouts },
): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", (_request: unknown, payload: IncomingMessage, done: Done) => {
    if (isEncoded(payload)) done(encoded(payload));
    else readWhole(payload, { bytesMax: options.bytesMax, timeoutMs: options.timeouts.wholeMs }, done);
  });
  if (!options.ndjson) return;
  server.addContentTypeParser("application/x-ndjson", (_request: unknown, payload: IncomingMessage, done: Done) => {
    payload.setTimeout(options.timeouts.streamIdleMs);
    if (isEncoded(payload)) done(encoded(payload));
    else done(null, payload);
  });
}

const isEncoded = ({ headers }: IncomingMessage): boolean =>
  (headers["content-encoding"] ?? "identity").trim().toLowerCase() !== "identity";

const encoded = ({ headers }: IncomingMessage): TrotlineError =>
  new TrotlineError("unsupported-media-type", `Bodies are taken as they are, not as ${headers["content-encoding"]}.`);

/** Calls `done` once, with the body as a Buffer. */
export function readWhole(
  payload: IncomingMessage,
  { bytesMax, timeoutMs }: { readonly bytesMax: number; readonly timeoutMs: number },
  done: (error: Error | null, body?: Buffer) => void,
): void {
  const declared = Number(payload.headers["content-length"] ?? 0);
  if (declared > bytesMax) {
    done(tooLarge(bytesMax));
    return;
  }
  const whole = new GrowingBytes();
  const finish = (error: Error | null): void => {
    clearTimeout(timer);
    payload.off("data", onData).off("end", onEnd).off("error", onError);
    if (error !== null) done(error);
    else done(null, whole.bytes);
  };
  const onData = (chunk: Buffer): void => {
    if (whole.length + chunk.length > bytesMax) finish(tooLarge(bytesMax));
    else whole.add(chunk);
  };
  const onEnd = (): void => finish(null);
  const onError = (error: Error): void => {
    payload.once("error", () => {});
    finish(error);
  };
  const timer = setTimeout(() => finish(late(timeoutMs)), timeoutMs);
  payload.on("data", onData).on("end", onEnd).on("error", onError);
}

const tooLarge = (bytesMax: number): TrotlineError =>
  new TrotlineError("body-too-large", `The body is larger than ${bytesMax} bytes.`);

const late = (timeoutMs: number): TrotlineError =>
  new TrotlineError("request-timeout", `The body was not complete after ${timeoutMs} ms.`);
