/**
 * How receivers change over to a new secret where a request has room for one signature. While the replaced one still
 * may sign, a delivery goes under the secret that was accepted last, at first the replaced one; where the receiver
 * refuses that, it goes again at once under the next, within the same attempt. So a receiver may change at any moment
 * of the grace, and no attempt fails of it. Part of stage 3.
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { Clock } from "../core/ports.ts";
import { activeSecrets } from "../core/secret-rotation.ts";
import type { Signed } from "./signed.ts";
import { headersUnder } from "./signing.ts";

/** How receivers say that they do not know a signature. */
const refusals = new Set([400, 401, 403]);

/** What was accepted last, by endpoint; an endpoint that is changed begins anew. */
const accepted = new WeakMap<Endpoint, string>();

export interface Turn {
  readonly headers: string[];
  /** What is left of the time for the attempt. */
  readonly timeoutMs: number;
}

export async function sendInTurns(
  endpoint: Endpoint,
  signed: Signed,
  { clock, send }: { clock: Clock; send: (turn: Turn) => Promise<AttemptResult> },
): Promise<AttemptResult> {
  const startMs = clock.steadyMs();
  let first: AttemptResult | null = null;
  let durationMs = 0;
  for (const secret of inTurn(endpoint, startMs)) {
    const timeoutMs = endpoint.timeoutMs - (clock.steadyMs() - startMs);
    if (first !== null && timeoutMs <= 0) break;
    const result = await send({ headers: headersUnder(endpoint, [secret], signed), timeoutMs });
    durationMs += result.durationMs;
    if (!isRefusal(endpoint, result)) {
      if (isDelivered(endpoint, result)) accepted.set(endpoint, secret);
      return { ...result, durationMs };
    }
    first ??= result;
  }
  if (first === null) throw new Error("an endpoint without a secret cannot sign");
  return { ...first, durationMs };
}

/** The one accepted last, then the others, from that which the newest replaced: [old, new, older]. */
function inTurn(endpoint: Endpoint, nowMs: number): readonly string[] {
  const [newest, ...replaced] = activeSecrets(endpoint, nowMs);
  const turns = [...replaced.slice(0, 1), newest, ...replaced.slice(1)].filter((secret) => secret !== undefined);
  const last = accepted.get(endpoint);
  return last !== undefined && turns.includes(last) ? [last, ...turns.filter((secret) => secret !== last)] : turns;
}

/** Also where the endpoint counts the status as delivered (see `attempt.ts`). */
const isDelivered = ({ successStatuses }: Endpoint, { errorClass, status }: AttemptResult): boolean =>
  errorClass === null || (errorClass === "http_status" && successStatuses.includes(status ?? 0));

const isRefusal = (endpoint: Endpoint, result: AttemptResult): boolean =>
  result.status !== null && refusals.has(result.status) && !isDelivered(endpoint, result);
