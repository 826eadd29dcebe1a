import { limits } from "../../core/limits.ts";
import type { NewRequest, RequestEnd, RequestStore, RequestTaking, TakenRequest } from "../request-store.ts";
import type { KeptRequest, MemoryData } from "./data.ts";

/** The reference of `RequestStore`. */
export class MemoryRequestStore implements RequestStore {
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
  }

  async ask(request: NewRequest): Promise<void> {
    const nowMs = this.#begin();
    const takenByMs = nowMs + limits.requestTakenWithinMs;
    const endsAtMs = nowMs + limits.requestAnsweredWithinMs;
    const kept: KeptRequest = { request, takenByMs, endsAtMs, taker: null, heldUntilMs: 0, answer: null };
    this.#data.requests.set(request.id, kept);
    this.#data.pulse("requests");
  }

  async take(by: RequestTaking): Promise<TakenRequest[]> {
    const nowMs = this.#begin();
    const free = [...this.#data.requests.values()].filter(
      ({ request, taker, takenByMs }) => taker === null && takenByMs > nowMs && isFor(by, request),
    );
    return free.slice(0, by.limit).map((kept) => {
      kept.taker = by.processId;
      kept.heldUntilMs = nowMs + limits.requestHeldMs;
      const remainingMs = Math.min(kept.heldUntilMs, kept.endsAtMs) - nowMs;
      const { id, tenant, endpoint, content } = kept.request;
      return { id, tenant, endpoint, content, remainingMs };
    });
  }

  async putBack(id: string, processId: string): Promise<void> {
    this.#begin();
    const kept = this.#taken(id, processId);
    if (kept === null) return;
    kept.taker = null;
    this.#data.pulse("requests");
  }

  async renew(ids: readonly string[], processId: string): Promise<void> {
    const nowMs = this.#begin();
    for (const id of ids) {
      const kept = this.#taken(id, processId);
      if (kept !== null) kept.heldUntilMs = nowMs + limits.requestHeldMs;
    }
  }

  async answer(id: string, processId: string, content: Uint8Array): Promise<void> {
    this.#begin();
    const kept = this.#taken(id, processId);
    if (kept === null) return;
    kept.answer = content;
    this.#data.pulse("requests");
  }

  async ended(from: string): Promise<RequestEnd[]> {
    const nowMs = this.#begin();
    const ends: RequestEnd[] = [];
    for (const [id, kept] of this.#data.requests) {
      const end = endOf(kept, nowMs);
      const isOld = kept.endsAtMs + limits.requestHeldMs <= nowMs;
      if ((end === null || kept.request.from !== from) && !isOld) continue;
      this.#data.requests.delete(id);
      if (end !== null && kept.request.from === from) ends.push(end);
    }
    return ends;
  }

  #begin(): number {
    this.#data.requireOpen();
    this.#data.commits += 1;
    return this.#data.clock.steadyMs();
  }

  #taken(id: string, processId: string): KeptRequest | null {
    const kept = this.#data.requests.get(id);
    return kept !== undefined && kept.taker === processId && kept.answer === null ? kept : null;
  }
}

const isFor = ({ shards, full }: RequestTaking, { shard, tenant, endpoint }: NewRequest): boolean =>
  shards.includes(shard) && !full.tenants.includes(tenant) && !full.endpoints.includes(endpoint);

function endOf({ request: { id }, taker, answer, ...times }: KeptRequest, nowMs: number): RequestEnd | null {
  if (answer !== null) return { id, outcome: "answered", content: answer };
  if (taker === null) return times.takenByMs <= nowMs ? { id, outcome: "untaken" } : null;
  return Math.min(times.heldUntilMs, times.endsAtMs) <= nowMs ? { id, outcome: "lost" } : null;
}
