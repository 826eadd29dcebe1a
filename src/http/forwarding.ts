/**
 * What is asked of an endpoint that another process runs goes there, through the store they share, and comes back as
 * that process answers: whoever asks need not know who runs what. A handler that met `shard-elsewhere` has done nothing,
 * so that the request is done once, by whoever runs the shard (see `request-exchange.ts`).
 */
import type { FastifyReply, FastifyRequest, InjectOptions, preValidationHookHandler } from "fastify";
import type { App } from "../app.ts";
import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { RequestStore } from "../log/request-store.ts";
import { ShardElsewhereError } from "../log/shard-store.ts";
import { type Admission, admitKey, anonymousKeyId, type Gate, type Need } from "./authenticate.ts";
import {
  type Asked,
  type AsksElsewhere,
  answerBytes,
  type ForwardedAnswer,
  readAnswer,
  readRequest,
  requestBytes,
} from "./forwarded-request.ts";
import type { HttpServer } from "./http-server.ts";
import { asTrotlineError, problemOf } from "./problem.ts";
import { RequestExchange } from "./request-exchange.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Not null where another process asks; then whose request it is. */
    forwarded: Forwarded | null;
    /** The body as it came; null where it has none, or no process shares the store. */
    received: Uint8Array | null;
  }
}

interface Forwarded {
  readonly keyId: string;
  /** Set where this process does not run the endpoint any more. */
  isElsewhere: boolean;
}

/** What a handler may look at. Nothing that lets anybody in is among these. */
const passedOn = ["accept", "content-encoding", "content-type", "idempotency-key", "stripe-version"];
/** Names a request that comes through the store, by a text that never leaves this process. */
const tokenHeader = "trotline-forwarded";
const ofConnection: ReadonlySet<string> = new Set(
  ["connection", "content-length", "date", "keep-alive", "transfer-encoding"], // Made anew for each.
);
/** What whoever asked knew of the log is waited for this long, and looked for so often. */
const behindMsMax = 2000;
const behindMs = 10;

export class Forwarding implements AsksElsewhere {
  readonly #app: App;
  readonly #gate: Gate;
  readonly #store: RequestStore;
  readonly #forwarded = new Map<string, Forwarded>();
  #exchange: RequestExchange | null = null;

  constructor(app: App, gate: Gate, store: RequestStore) {
    this.#app = app;
    this.#gate = gate;
    this.#store = store;
  }

  /** From now on what others ask is done, by this server's own routes. */
  start(server: HttpServer): void {
    const app = this.#app;
    this.#exchange = new RequestExchange({
      ...{ store: this.#store, pulse: app.store.pulse, shards: app.shards, processId: app.process.id },
      ...{ clock: app.clock, random: app.random, logger: app.logger },
      perform: (content) => this.#perform(server, content),
    });
  }

  async close(graceMs: number): Promise<void> {
    await this.#exchange?.close(graceMs);
  }

  /** The hook that lets in what comes through the store; `otherwise` is for all else. */
  admission(need: Need, otherwise: Admission): Admission {
    return (request, reply, done) => {
      const token = request.headers[tokenHeader];
      const forwarded = typeof token === "string" ? this.#forwarded.get(token) : undefined;
      if (forwarded === undefined) return otherwise(request, reply, done);
      request.forwarded = forwarded;
      const asking = need.access === "public" ? null : this.#admit(forwarded, need);
      if (asking instanceof TrotlineError) return done(asking);
      if (asking !== null) Object.assign(request, asking);
      done();
    };
  }

  readonly keepBody: preValidationHookHandler = (request, _reply, done) => {
    if (request.body instanceof Uint8Array) request.received = request.body;
    done();
  };

  /** True where the request goes to another process; then its answer follows, or a failure is told. */
  takes(error: unknown, { request, reply, failed }: TakesOver): boolean {
    if (!(error instanceof ShardElsewhereError) || this.#exchange === null || isReading(request)) return false;
    if (request.forwarded !== null) {
      request.forwarded.isElsewhere = true;
      return false;
    }
    const { method, received: body } = request;
    this.ask(request, error, { method, url: originForm(request.url), body }).then(
      (answer) => send(answer, reply),
      failed,
    );
    return true;
  }

  async ask(
    request: FastifyRequest,
    { shard, endpointId: endpoint }: ShardElsewhereError,
    { method, url, body }: Asked,
  ): Promise<ForwardedAnswer> {
    if (this.#exchange === null) throw new TrotlineError("shutting-down", "The server is starting.");
    const { keyId } = request;
    const { head } = this.#app.store.events.bounds();
    const bytes = requestBytes({ method, url, headers: passedHeaders(request.headers), keyId, head, body });
    const tenant = this.#app.registry.endpoint(endpoint)?.tenant ?? "";
    const answer = readAnswer(await this.#exchange.ask({ shard, tenant, endpoint, content: bytes }));
    if (answer !== null) return answer;
    throw new TrotlineError("request-unanswered", "The process that did it answered something else.");
  }

  /** The key is looked up by its id: it was asked for its text where the request came in. */
  #admit({ keyId }: Forwarded, need: Need) {
    if (keyId === anonymousKeyId && this.#gate.auth === "none") return { keyId, key: null };
    const { keys } = this.#app.registry;
    try {
      const key = keys.require(keyId, null);
      if (!keys.hasExpired(key)) return admitKey(key, need);
    } catch {
      // There is none: it was ended meanwhile.
    }
    return new TrotlineError("unauthenticated", "The key is not one of this server.");
  }

  async #perform(server: HttpServer, content: Uint8Array): Promise<Uint8Array | null> {
    const asked = readRequest(content);
    if (asked === null || isReading(asked)) {
      return this.#problem(new TrotlineError("internal", "The request between processes is none."));
    }
    const { method, url, body, keyId } = asked;
    await this.#caughtUp(asked.head);
    if (this.#gate.isClosing()) return null;
    const token = Buffer.from(this.#app.random.bytes(32)).toString("base64url");
    const forwarded: Forwarded = { keyId, isElsewhere: false };
    this.#forwarded.set(token, forwarded);
    try {
      const headers = { ...passedHeaders(asked.headers), [tokenHeader]: token };
      const options = { method, url, headers, ...(body !== null && { payload: Buffer.from(body) }) };
      const { statusCode: status, headers: made, rawPayload } = await server.inject(options as InjectOptions);
      if (forwarded.isElsewhere) return null;
      const answer = answerBytes({ status, headers: ownHeaders(made), body: rawPayload });
      return answer.length > limits.forwardedAnswerBytes ? this.#problem(tooLargeAnswer()) : answer;
    } catch (error) {
      this.#app.logger.error({ err: error, method, url }, "A request of another process met an unexpected error.");
      return this.#problem(asTrotlineError(error));
    } finally {
      this.#forwarded.delete(token);
    }
  }

  #problem(error: TrotlineError): Uint8Array {
    const { clock, random } = this.#app;
    const { status, headers, body } = problemOf(error, makeId("req", clock.wallMs(), random.bytes(16)));
    return answerBytes({ status, headers, body: Buffer.from(body) });
  }

  /** Whoever asked may have published, or configured, a moment before. */
  async #caughtUp(head: number): Promise<void> {
    const { clock, dispatcher, logger } = this.#app;
    await dispatcher.refresh().catch((error: unknown) => {
      logger.warn({ err: error }, "What other processes configure could not be read; a request is done without it.");
    });
    const untilMs = clock.steadyMs() + behindMsMax;
    while (dispatcher.lanes.dispatchedTo < head && clock.steadyMs() < untilMs) {
      await new Promise<void>((resolve) => setTimeout(resolve, behindMs).unref());
    }
  }
}

/** It is done anywhere, or has no end. */
const isReading = ({ method }: { readonly method: string }): boolean => method === "GET" || method === "HEAD";

/** A client may name the whole of the address, as it would to a proxy. */
const originForm = (url: string): string => (url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/]*/i, ""));

interface TakesOver {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly failed: (error: unknown) => void;
}

function send({ status, headers, body }: ForwardedAnswer, reply: FastifyReply): void {
  reply.code(status).headers(headers).send(Buffer.from(body));
}

function passedHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of passedOn) {
    const value = headers[name];
    if (typeof value === "string") passed[name] = value;
  }
  return passed;
}

function ownHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const own = Object.entries(headers).filter(([name, value]) => !ofConnection.has(name) && value !== undefined);
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]));
}

function tooLargeAnswer(): TrotlineError {
  const detail = `It was done, but its answer is larger than ${limits.forwardedAnswerBytes} bytes.`;
  return new TrotlineError("request-unanswered", detail);
}
