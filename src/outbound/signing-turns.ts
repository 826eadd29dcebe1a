/**
 * How receivers change over to a new secret where a request has room for one signature. While the replaced one still
 * may sign, a delivery goes under the secret that was accepted last, at first the replaced one; where the receiver
 * refuses that, it goes again at once under the next, within the same attempt. So a receiver may change at any moment
 * of the grace, and no attempt fails of it. Part of stage 3.
 */
import { type AttemptResult, isDelivered } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { Clock } from "../core/ports.ts";
import { activeSecrets } from "../core/secret-rotation.ts";
import type { Signed } from "./signed.ts";
import { headersUnder } from "./signing.ts";

/** How receivers say that they do not know a signature. */
const refusals = new Set([400, 401, 403]);

export interface Turn {
  readonly headers: string[];
  /** What is left of the time for the attempt. */
  readonly timeoutMs: number;
}

export class SigningTurns {
  /** What was accepted last; an endpoint that is changed begins anew. */
  readonly #accepted = new WeakMap<Endpoint, string>();

  async send(
    endpoint: Endpoint,
    signed: Signed,
    { clock, send }: { clock: Clock; send: (turn: Turn) => Promise<AttemptResult> },
  ): Promise<AttemptResult> {
    const startMs = clock.steadyMs();
    let first: AttemptResult | null = null;
    let durationMs = 0;
    for (const secret of this.#inTurn(endpoint, startMs)) {
      const timeoutMs = endpoint.timeoutMs - (clock.steadyMs() - startMs);
      if (first !== null && timeoutMs <= 0) break;
      const result = await send({ headers: headersUnder(endpoint, [secret], signed), timeoutMs });
      durationMs += result.durationMs;
      const delivers = isDelivered(result, endpoint.successStatuses);
      if (delivers) this.#accepted.set(endpoint, secret);
      if (delivers || !isRefusal(result)) return { ...result, durationMs };
      first ??= result;
    }
    if (first === null) throw new Error("an endpoint without a secret cannot sign");
    return { ...first, durationMs };
  }

  /** The one accepted last, then the others, from that which the newest replaced: [old, new, older]. */
  #inTurn(endpoint: Endpoint, nowMs: number): readonly string[] {
    const [newest, ...replaced] = activeSecrets(endpoint, nowMs);
    const turns = [...replaced.slice(0, 1), newest, ...replaced.slice(1)].filter((secret) => secret !== undefined);
    const last = this.#accepted.get(endpoint);
    return last !== undefined && turns.includes(last) ? [last, ...turns.filter((secret) => secret !== last)] : turns;
  }
}

const isRefusal = ({ status }: AttemptResult): boolean => status !== null && refusals.has(status);
