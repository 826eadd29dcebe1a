/** The requests behind a retry of all that a filter finds; each of them is one that a person could make alone. */
import type { Attempt, Page } from "../../../sdk/wire.ts";
import { ask, Problem } from "../../api/ask.ts";
import type { EndpointScope } from "../scope.ts";
import { retryPath } from "./attempt-dialog.tsx";
import { type AttemptFilter, queryOf } from "./use-attempts.ts";

/** Events of one bulk retry: a recovery is for more. */
export const retriedMax = 500;
const pageSize = 1000;
const pagesMax = 20;
const atOnce = 4;

interface Finding {
  readonly scope: EndpointScope;
  readonly endpointId: string;
  readonly filter: AttemptFilter;
  readonly signal: AbortSignal;
  /** How many attempts were looked at. */
  readonly onLooked: (attempts: number) => void;
}

/** Events with a failed attempt that the filter finds, the last attempt of which failed as well; oldest first. */
export async function findUndelivered({ scope, endpointId, filter, signal, onLooked }: Finding) {
  const failedOnly = filter.status === "" && filter.errorClass === "" ? { ...filter, status: "failed" } : filter;
  const events = new Set<string>();
  let after: string | null = null;
  let looked = 0;
  for (let page = 0; page < pagesMax && events.size < retriedMax; page += 1) {
    const query = { ...queryOf(endpointId, failedOnly), limit: pageSize, after };
    const found: Page<Attempt> = await ask<Page<Attempt>>("GET /v1/attempts", { query, signal });
    for (const { event_id: id, delivered } of found.data) if (id !== null && !delivered) events.add(id);
    looked += found.data.length;
    onLooked(looked);
    after = found.next_cursor;
    if (after === null) break;
  }
  const failed: string[] = [];
  const judge = async (id: string): Promise<void> => {
    const query = { endpoint_id: endpointId, event_id: id, tenant: scope.tenant, limit: 1 };
    const last = await ask<Page<Attempt>>("GET /v1/attempts", { query, signal });
    if (last.data[0]?.delivered === false) failed.push(id);
  };
  const candidates = [...events].slice(0, retriedMax);
  await eachOf(candidates, judge, signal);
  const kept = new Set(failed);
  return {
    events: candidates.filter((id) => kept.has(id)).reverse(),
    isCut: after !== null || events.size > retriedMax,
  };
}

interface Sending {
  readonly signal: AbortSignal;
  readonly onAttempt: (isDelivered: boolean) => void;
}

/** An event that has left the log meanwhile counts as failed. */
export async function retryEach(endpointId: string, events: readonly string[], { signal, onAttempt }: Sending) {
  const retry = async (id: string): Promise<void> => {
    try {
      const attempt = await ask<Attempt>(`POST ${retryPath(endpointId, id)}`, { body: {}, signal });
      onAttempt(attempt.delivered);
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 0) throw error;
      onAttempt(false);
    }
  };
  await eachOf(events, retry, signal);
}

/** A few at once. */
async function eachOf(ids: readonly string[], work: (id: string) => Promise<void>, signal: AbortSignal): Promise<void> {
  const left = [...ids].reverse();
  const turn = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined && !signal.aborted; id = left.pop()) await work(id);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
}
