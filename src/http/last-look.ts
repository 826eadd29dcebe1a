/**
 * What is not known here, another process may have made a moment ago: before a key or a thing is denied, what others
 * configured is read once more. So a client may change process between making something and using it.
 */
import type { FastifyRequest } from "fastify";
import type { App } from "../app.ts";
import { TrotlineError } from "../core/errors.ts";
import { type Admission, credentialOf } from "./authenticate.ts";

/** The store is asked so often at most, whoever asks for whatever, and is waited for so long. */
const betweenMs = 20;
const lookMsMax = 1000;

type Look = () => Promise<void>;

/** Never rejects: where the store cannot be asked, what is known counts. */
export function lastLook({ clock, dispatcher }: Pick<App, "clock" | "dispatcher">): Look {
  let next: Promise<void> | null = null;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  const look = async (): Promise<void> => {
    const waitMs = lookedAtMs + betweenMs - clock.steadyMs();
    await (waitMs > 0 ? pause(waitMs) : null);
    next = null; // Who comes from now on may know of something newer.
    lookedAtMs = clock.steadyMs();
    await Promise.race([dispatcher.refresh().catch(() => {}), pause(lookMsMax)]);
  };
  return () => {
    next ??= look();
    return next;
  };
}

/** `admission` with a last look before it, or what is behind it, says no. */
export function admissionAfterLook(
  url: string,
  admission: Admission,
  { app, look }: { app: App; look: Look },
): Admission {
  const isMissing = missingAt(url, app);
  return (request, reply, done) => {
    const admitted = (error?: Error): void => {
      if (error !== undefined || !isMissing(request)) done(error);
      else void look().then(() => done());
    };
    admission(request, reply, (error) => {
      if (!isUnknownKey(error, request, app)) admitted(error);
      else void look().then(() => admission(request, reply, admitted));
    });
  };
}

const isUnknownKey = (error: Error | undefined, { headers }: FastifyRequest, { publicUrl }: App): boolean =>
  error instanceof TrotlineError && error.code === "unauthenticated" && credentialOf(headers, publicUrl) !== null;

/** Whether what the path names is not known. */
function missingAt(url: string, { registry, sources, eventTypes }: App): (request: FastifyRequest) => boolean {
  const params = (request: FastifyRequest) => request.params as { id: string; name: string };
  if (url.startsWith("/v1/endpoints/:id")) return (request) => registry.endpoint(params(request).id) === undefined;
  if (url.startsWith("/v1/event-types/:name")) return (request) => eventTypes.get(params(request).name) === undefined;
  if (url.startsWith("/v1/sources/:id")) return (request) => throws(() => sources.require(params(request).id));
  if (url.startsWith("/v1/bins/:id")) {
    return (request) => (sources.all().get(params(request).id) ?? sources.byName(params(request).id)) === undefined;
  }
  if (url.startsWith("/v1/keys/:id")) return (request) => throws(() => registry.keys.require(params(request).id, null));
  return () => false;
}

function throws(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
