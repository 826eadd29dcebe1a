/**
 * Sends requests over HTTP/1.1: the door through which stage 3 of 4 (publish → dispatch → [attempt] → journal) leaves
 * the machine. What is on each connection is our own (docs/decisions/0007-own-http-connections.md).
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { TlsSettings } from "../core/endpoint-reach.ts";
import type { Clock, Sender, SendRequest } from "../core/ports.ts";
import type { AddressGuard } from "./address-guard.ts";
import { type ConnectionLimits, Connections, connectionLimits } from "./connections.ts";
import { Deadlines } from "./deadlines.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import type { Resolve } from "./guarded-connect.ts";
import { type AttemptHost, HttpAttempt } from "./http-attempt.ts";
import { NameResolver } from "./name-resolver.ts";
import { requestHead } from "./request-head.ts";
import { interruptedFailure, refusedFailure, type SendFailure, unbuiltFailure } from "./send-failure.ts";
import { type Target, targetOf, type Way } from "./target.ts";

/** URLs whose parts are kept ready. */
const urlsKeptMax = 10_000;

export interface HttpSenderOptions {
  readonly guard: Pick<AddressGuard, "refusal" | "hostRefusal">;
  readonly clock: Pick<Clock, "wallMs">;
  /** Where names are looked up; `NameResolver` by default. */
  readonly resolve?: Resolve;
  readonly limits?: Partial<ConnectionLimits>;
  /** Certificates to trust in place of the built-in ones, as PEM. */
  readonly ca?: string;
  /** Everything goes through it. */
  readonly proxy?: EgressProxy | null;
}

/** What URLs come down to, or why nothing can be sent there. */
type Targets = Map<string, Target | SendFailure>;

export class HttpSender implements Sender {
  readonly #options: HttpSenderOptions;
  readonly #targets: Targets = new Map();
  /** Those of requests with TLS settings of their own. */
  readonly #ownTargets = new WeakMap<TlsSettings, { readonly targets: Targets; readonly tls: Way["tls"] }>();
  #tlsNumber = 0;
  /**
   * In no order; each attempt knows its place. Not a `Set`: one that grows and shrinks without end leaves tables behind,
   * each of which points to the next, and so what was in them outlives the collections of young garbage.
   */
  readonly #running: HttpAttempt[] = [];
  /** Made for the first request. */
  #host: AttemptHost | null = null;
  #resolver: NameResolver | null = null;
  #closing: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

  constructor(options: HttpSenderOptions) {
    this.#options = options;
  }

  send(request: SendRequest): Promise<AttemptResult> {
    const target =
      request.tls === undefined ? this.#targetOf(request.url) : this.#ownTargetOf(request.url, request.tls);
    if (this.#closing !== null || request.signal?.aborted) return Promise.resolve(unsent(interruptedFailure));
    if ("errorClass" in target) return Promise.resolve(unsent(target));
    const head = requestHead(target, request);
    if (head === null) return Promise.resolve(unsent(unbuiltFailure));
    const { body, timeoutMs, signal, answerHeaders = null } = request;
    const { promise, resolve } = Promise.withResolvers<AttemptResult>();
    this.#host ??= this.#makeHost();
    const { destination } = target;
    const attempt = new HttpAttempt(this.#host, { destination, head, body, timeoutMs, answerHeaders }, resolve);
    attempt.index = this.#running.push(attempt) - 1;
    attempt.start();
    if (signal !== undefined) interruptOn(signal, attempt, promise);
    return promise;
  }

  retireTls(tls: TlsSettings): void {
    this.#ownTargets.delete(tls);
    this.#host?.connections.retire(tls);
  }

  abortAll(): void {
    for (const attempt of [...this.#running]) attempt.interrupt();
  }

  async close(): Promise<void> {
    if (this.#closing === null) {
      this.#closing = Promise.withResolvers<void>();
      if (this.#running.length === 0) this.#closing.resolve();
    }
    await this.#closing.promise;
    this.#resolver?.close();
    this.#host?.deadlines.close();
    await this.#host?.connections.close();
  }

  #makeHost(): AttemptHost {
    const { guard, clock, resolve, limits, ca, proxy = null } = this.#options;
    if (resolve === undefined) this.#resolver = new NameResolver();
    const connections = new Connections({
      guard,
      resolve: resolve ?? ((name) => this.#resolver!.resolve(name)),
      limits: { ...connectionLimits, ...limits },
      proxy,
      ...(ca === undefined ? {} : { ca }),
    });
    const ended = (attempt: HttpAttempt): void => this.#ended(attempt);
    return { connections, deadlines: new Deadlines(), wallMs: () => clock.wallMs(), ended };
  }

  #ended(attempt: HttpAttempt): void {
    const last = this.#running.pop()!;
    if (last !== attempt) {
      this.#running[attempt.index] = last;
      last.index = attempt.index;
    }
    if (this.#running.length === 0) this.#closing?.resolve();
  }

  #targetOf(url: string): Target | SendFailure {
    return this.#targets.get(url) ?? this.#keepTarget(this.#targets, url, null);
  }

  #ownTargetOf(url: string, settings: TlsSettings): Target | SendFailure {
    let own = this.#ownTargets.get(settings);
    if (own === undefined) {
      own = { targets: new Map(), tls: { settings, number: ++this.#tlsNumber } };
      this.#ownTargets.set(settings, own);
    }
    return own.targets.get(url) ?? this.#keepTarget(own.targets, url, own.tls);
  }

  #keepTarget(targets: Targets, url: string, tls: Way["tls"]): Target | SendFailure {
    const target = this.#parse(url, tls);
    if (targets.size >= urlsKeptMax) targets.clear();
    targets.set(url, target);
    return target;
  }

  #parse(text: string, tls: Way["tls"]): Target | SendFailure {
    const url = URL.parse(text);
    if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
      return { errorClass: "connection_failed", errorDetail: "The URL is not an absolute http: or https: URL." };
    }
    const refusal = this.#options.guard.hostRefusal(url.hostname);
    if (refusal !== null) return refusedFailure(refusal);
    return targetOf(url, { proxy: this.#options.proxy ?? null, tls });
  }
}

const unsent = (failure: SendFailure): AttemptResult => ({
  status: null,
  ...failure,
  durationMs: 0,
  responseBody: new Uint8Array(0),
  responseTruncated: false,
  retryAfterMs: null,
});

function interruptOn(signal: AbortSignal, attempt: HttpAttempt, ended: Promise<unknown>): void {
  const interrupt = (): void => attempt.interrupt();
  signal.addEventListener("abort", interrupt);
  void ended.then(() => signal.removeEventListener("abort", interrupt));
}
