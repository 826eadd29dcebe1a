import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";

/**
 * Requests to receivers that a person waits for, apart from deliveries: so many at once, and no more. One tenant has a
 * part of them only, since receivers that never answer hold theirs for as long as an attempt may last.
 */
export class ReceiverChecks {
  #running = 0;
  /** Of tenants that have some. */
  readonly #runningOf = new Map<string, number>();

  /** Refuses with `too-many-checks`. */
  async run<Result>(tenant: string, check: () => Promise<Result>): Promise<Result> {
    const running = this.#runningOf.get(tenant) ?? 0;
    if (running >= limits.receiverChecksPerTenant) throw tooMany(`${running} of this tenant's`);
    if (this.#running >= limits.receiverChecks) throw tooMany(String(this.#running));
    this.#add(tenant, 1);
    try {
      return await check();
    } finally {
      this.#add(tenant, -1);
    }
  }

  #add(tenant: string, change: number): void {
    this.#running += change;
    const running = (this.#runningOf.get(tenant) ?? 0) + change;
    if (running === 0) this.#runningOf.delete(tenant);
    else this.#runningOf.set(tenant, running);
  }
}

const tooMany = (count: string): TrotlineError =>
  new TrotlineError("too-many-checks", `${count} tests and verifications are under way.`, { retryAfterSeconds: 1 });
