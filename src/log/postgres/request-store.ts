import { limits } from "../../core/limits.ts";
import type { NewRequest, RequestEnd, RequestStore, RequestTaking, TakenRequest } from "../request-store.ts";
import type { StoreParts } from "./parts.ts";

export class PostgresRequestStore implements RequestStore {
  readonly #parts: Pick<StoreParts, "database" | "pulse">;

  constructor(parts: Pick<StoreParts, "database" | "pulse">) {
    this.#parts = parts;
  }

  async ask({ id, from, shard, tenant, endpoint, content }: NewRequest): Promise<void> {
    const { requestTakenWithinMs, requestAnsweredWithinMs } = limits;
    const within = [requestTakenWithinMs, requestAnsweredWithinMs];
    await this.#parts.database.run("request-ask", [id, from, shard, content, ...within, tenant, endpoint]);
    this.#parts.pulse.ring();
  }

  async take({ processId, shards, limit, full }: RequestTaking): Promise<TakenRequest[]> {
    const wanted = [processId, shards, limit, limits.requestHeldMs, full.tenants, full.endpoints];
    const rows = await this.#parts.database.run("requests-take", wanted);
    return rows.map(({ id, tenant, endpoint, content, remaining_ms: remainingMs }) => {
      const about = { id: String(id), tenant: String(tenant), endpoint: String(endpoint) };
      return { ...about, content: content as Uint8Array, remainingMs: Number(remainingMs) };
    });
  }

  async putBack(id: string, processId: string): Promise<void> {
    await this.#parts.database.run("request-put-back", [id, processId]);
    this.#parts.pulse.ring();
  }

  async renew(ids: readonly string[], processId: string): Promise<void> {
    await this.#parts.database.run("requests-renew", [ids, processId, limits.requestHeldMs]);
  }

  async answer(id: string, processId: string, content: Uint8Array): Promise<void> {
    await this.#parts.database.run("request-answer", [id, processId, content]);
    this.#parts.pulse.ring();
  }

  async ended(from: string): Promise<RequestEnd[]> {
    const rows = await this.#parts.database.run("requests-ended", [from, limits.requestHeldMs]);
    return rows.map(({ id: given, is_untaken: isUntaken, answer }): RequestEnd => {
      const id = String(given);
      if (answer !== null) return { id, outcome: "answered", content: answer as Uint8Array };
      return { id, outcome: isUntaken === true ? "untaken" : "lost" };
    });
  }
}
