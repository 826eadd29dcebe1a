/**
 * Access tokens by OAuth 2 client credentials (RFC 6749, section 4.4): fetched when first needed, by one request for
 * all who wait, and kept until shortly before they expire. A token server that fails is left alone for a while, longer
 * each time.
 */
import type { AttemptResult, ErrorClass } from "../core/attempt.ts";
import type { Authorization } from "../core/endpoint-reach.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random, Sender } from "../core/ports.ts";
import { readToken, tokenRequest } from "./authorization-grant.ts";

type OAuth = Authorization & { readonly type: "oauth2" };

export interface NoToken {
  readonly token: null;
  readonly errorClass: ErrorClass;
  readonly errorDetail: string;
  /** How long the token server is left alone; null where nothing is known of it. */
  readonly retryAfterMs: number | null;
}

export type TokenOutcome = { readonly token: string } | NoToken;

interface Holder {
  token: string | null;
  /** When the token is no longer used. */
  freshUntilMs: number;
  fetching: Promise<TokenOutcome> | null;
  failures: number;
  /** Why nothing is asked before `resumeAtMs`. */
  failure: string;
  resumeAtMs: number;
  /** When a token was replaced last because a receiver refused it. */
  renewedAtMs: number;
}

/** A token is replaced so much before it expires: an attempt that carries it may last so long. */
const replacedBeforeMs = 60_000;
/** Of a token with a short life, at most this part is given up. */
const replacedBeforePart = 0.2;

/** A token that was refused is replaced at once, but not more often than this: the receiver may refuse every token. */
const renewedAgainAfterMs = 30_000;

const firstRestMs = 1000;
const restMsMax = 60_000;

export class AccessTokens {
  readonly #machine: { readonly sender: Sender; readonly clock: Clock; readonly random: Random };
  /** An endpoint that is changed keeps its token, unless its credentials were changed. */
  readonly #holders = new WeakMap<OAuth, Holder>();

  constructor(machine: { readonly sender: Sender; readonly clock: Clock; readonly random: Random }) {
    this.#machine = machine;
  }

  /** The token at hand, or what came of fetching one; within the time that the caller has. */
  async token(authorization: OAuth, timeoutMs: number): Promise<TokenOutcome> {
    const holder = this.#holderOf(authorization);
    const nowMs = this.#machine.clock.steadyMs();
    if (holder.token !== null && nowMs < holder.freshUntilMs) return { token: holder.token };
    if (holder.fetching === null && nowMs < holder.resumeAtMs) return failed(holder.failure, holder.resumeAtMs - nowMs);
    holder.fetching ??= this.#fetch(authorization, holder).finally(() => {
      holder.fetching = null;
    });
    return withinTime(holder.fetching, timeoutMs);
  }

  /** Another token in place of one that a receiver refused, which others may have fetched already. */
  async renewed(authorization: OAuth, refused: string, timeoutMs: number): Promise<TokenOutcome> {
    const holder = this.#holderOf(authorization);
    if (holder.token === refused && holder.fetching === null) {
      const nowMs = this.#machine.clock.steadyMs();
      if (nowMs - holder.renewedAtMs < renewedAgainAfterMs) return failed("It was replaced just now.", 0);
      holder.renewedAtMs = nowMs;
      holder.token = null;
    }
    const outcome = await this.token(authorization, timeoutMs);
    return outcome.token === refused ? failed("The token server gave the same token again.", 0) : outcome;
  }

  #holderOf(authorization: OAuth): Holder {
    let holder = this.#holders.get(authorization);
    if (holder === undefined) {
      holder = {
        token: null,
        freshUntilMs: 0,
        fetching: null,
        failures: 0,
        failure: "",
        resumeAtMs: Number.NEGATIVE_INFINITY,
        renewedAtMs: Number.NEGATIVE_INFINITY,
      };
      this.#holders.set(authorization, holder);
    }
    return holder;
  }

  async #fetch(authorization: OAuth, holder: Holder): Promise<TokenOutcome> {
    const { sender, clock } = this.#machine;
    const askedAtMs = clock.steadyMs();
    const result = await sender.send(tokenRequest(authorization));
    if (result.errorClass === "interrupted") {
      return { token: null, errorClass: "interrupted", errorDetail: result.errorDetail ?? "", retryAfterMs: null };
    }
    const read = readToken(result);
    if (read.token === null) return this.#rest(holder, read.problem, result);
    const lifeMs = read.lifeSeconds * 1000;
    holder.token = read.token;
    holder.freshUntilMs = askedAtMs + lifeMs - Math.min(replacedBeforeMs, lifeMs * replacedBeforePart);
    holder.failures = 0;
    return { token: read.token };
  }

  #rest(holder: Holder, problem: string, { retryAfterMs }: AttemptResult): NoToken {
    const { clock, random } = this.#machine;
    const restMs =
      Math.min(restMsMax, firstRestMs * 2 ** Math.min(holder.failures, 10)) * (0.8 + 0.4 * random.fraction());
    const waitMs = Math.max(restMs, Math.min(retryAfterMs ?? 0, limits.retryAfterMsMax));
    holder.failures += 1;
    holder.failure = problem;
    holder.resumeAtMs = clock.steadyMs() + waitMs;
    return failed(problem, waitMs);
  }
}

const failed = (errorDetail: string, restMs: number): NoToken => ({
  token: null,
  errorClass: "authorization",
  errorDetail,
  retryAfterMs: Math.ceil(restMs),
});

/** The fetch goes on without a caller whose time is up: it is others' too. */
function withinTime(fetching: Promise<TokenOutcome>, timeoutMs: number): Promise<TokenOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<TokenOutcome>();
  const errorDetail = `The token server did not answer within ${timeoutMs} ms.`;
  const late: NoToken = { token: null, errorClass: "authorization", errorDetail, retryAfterMs: null };
  const timer = setTimeout(resolve, timeoutMs, late);
  fetching.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
