/**
 * Says who sends: adds to a request for an endpoint what its receiver asks for, and sends it. Part of stage 3. An
 * endpoint with nothing of the kind has its request handed on as it is.
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { Authorization } from "../core/endpoint-reach.ts";
import type { Clock, Random, Sender, SendRequest } from "../core/ports.ts";
import { notBegun } from "./attempt.ts";
import { AccessTokens, type NoToken } from "./authorization-tokens.ts";

type OAuth = Authorization & { readonly type: "oauth2" };

/** Whose requests these are. A draft has no number yet. */
export type Addressee = Pick<Endpoint, "authorization" | "tls" | "verification">;

export interface AuthorizedSenderOptions {
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: Random;
  /** What this system calls itself in the CloudEvents handshake. */
  readonly webhookOrigin: string;
  /** True once what waited for a token may not go any more; never where absent. */
  readonly hasExpired?: () => boolean;
}

export class AuthorizedSender {
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #webhookOrigin: string;
  readonly #hasExpired: () => boolean;
  readonly #tokens: AccessTokens;
  /** Header values are made once. */
  readonly #values = new WeakMap<Authorization, string>();

  constructor(options: AuthorizedSenderOptions) {
    this.#sender = options.sender;
    this.#clock = options.clock;
    this.#webhookOrigin = options.webhookOrigin;
    this.#hasExpired = options.hasExpired ?? (() => false);
    this.#tokens = new AccessTokens(options);
  }

  send(endpoint: Addressee, request: SendRequest): Promise<AttemptResult> {
    const { authorization, tls, verification } = endpoint;
    if (authorization === null && tls === null && verification !== "cloudevents") return this.#sender.send(request);
    const headers = [...request.headers];
    // CloudEvents: a sender that was granted permission says with each delivery who it is
    // (https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md, section 4.1.2).
    if (verification === "cloudevents") headers.push("webhook-request-origin", this.#webhookOrigin);
    const prepared: SendRequest = { ...request, headers, ...(tls !== null && { tls }) };
    if (authorization === null) return this.#sender.send(prepared);
    if (authorization.type === "oauth2") return this.#sendWithToken(authorization, prepared);
    headers.push("authorization", this.#valueOf(authorization));
    return this.#sender.send(prepared);
  }

  /** The settings are no longer an endpoint's. */
  retire(endpoint: Addressee): void {
    if (endpoint.tls !== null) this.#sender.retireTls?.(endpoint.tls);
  }

  #valueOf(authorization: Exclude<Authorization, OAuth>): string {
    let value = this.#values.get(authorization);
    if (value === undefined) {
      value =
        authorization.type === "bearer"
          ? `Bearer ${authorization.token}`
          : `Basic ${Buffer.from(`${authorization.username}:${authorization.password}`).toString("base64")}`;
      this.#values.set(authorization, value);
    }
    return value;
  }

  /** With the token at hand or a fresh one; once more, with another one, where the receiver refuses it. */
  async #sendWithToken(authorization: OAuth, request: SendRequest): Promise<AttemptResult> {
    const startMs = this.#clock.steadyMs();
    const spentMs = (): number => Math.max(0, Math.round(this.#clock.steadyMs() - startMs));
    const leftMs = (): number => request.timeoutMs - spentMs();
    const first = await this.#tokens.token(authorization, leftMs());
    if (first.token === null) return withoutToken(first, spentMs());
    if (leftMs() <= 0) return withoutToken(tooLate, spentMs());
    if (this.#hasExpired()) return notBegun;
    const result = await this.#sender.send(withToken(request, first.token, leftMs()));
    if (result.status !== 401 || leftMs() <= 0) return timed(result, spentMs());
    const second = await this.#tokens.renewed(authorization, first.token, leftMs());
    if (second.token === null || leftMs() <= 0 || this.#hasExpired()) return timed(result, spentMs());
    return timed(await this.#sender.send(withToken(request, second.token, leftMs())), spentMs());
  }
}

const tooLate: NoToken = {
  token: null,
  errorClass: "authorization",
  errorDetail: "The token server left no time to send.",
  retryAfterMs: null,
};

const withToken = (request: SendRequest, token: string, timeoutMs: number): SendRequest => ({
  ...request,
  headers: [...request.headers, "authorization", `Bearer ${token}`],
  timeoutMs,
});

const timed = (result: AttemptResult, durationMs: number): AttemptResult => ({ ...result, durationMs });

const withoutToken = (outcome: NoToken, durationMs: number): AttemptResult => ({
  status: null,
  errorClass: outcome.errorClass,
  errorDetail: outcome.errorDetail,
  durationMs,
  responseBody: new Uint8Array(0),
  responseTruncated: false,
  retryAfterMs: outcome.retryAfterMs,
});
