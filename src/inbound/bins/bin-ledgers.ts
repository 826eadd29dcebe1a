/**
 * How many requests each bin has stored, and in which order: so the answers of a sequence are right however many come
 * at once, in whichever process. Counted from the log when it is asked for first, and from what is appended then on.
 */
import type { BinSettings } from "../../core/bin.ts";
import { eventBytes, type StoredEvent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { Source } from "../../core/source.ts";
import type { EventLog } from "../../log/event-log.ts";

const readBytesMax = 4 * 1024 * 1024;

export class Ledger {
  /** Ascending. */
  readonly #positions: number[] = [];
  #bytes = 0;
  /** Who counts on it to be kept up. */
  users = 0;
  loaded: Promise<void> | null = null;

  get count(): number {
    return this.#positions.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What was counted before is not counted again. */
  add(event: StoredEvent): void {
    const index = this.#indexBeyond(event.position);
    if (this.#positions[index - 1] === event.position) return;
    this.#positions.splice(index, 0, event.position);
    this.#bytes += eventBytes(event);
  }

  /** How many there are beyond `after`, up to `position`. */
  between(after: number, position: number): number {
    return this.#indexBeyond(position) - this.#indexBeyond(after);
  }

  #indexBeyond(position: number): number {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class BinLedgers {
  readonly #events: Pick<EventLog, "bounds" | "catchUp" | "read">;
  /** By the tenant of the bin's events; whoever was asked for last comes last. */
  readonly #ledgers = new Map<string, Ledger>();

  constructor(events: Pick<EventLog, "bounds" | "catchUp" | "read">) {
    this.#events = events;
  }

  /** Every event that is stored, by whomever, before its append is answered. */
  appended(events: readonly StoredEvent[]): void {
    if (this.#ledgers.size === 0) return;
    for (const event of events) {
      if (event.request !== null) this.#ledgers.get(event.tenant)?.add(event);
    }
  }

  /** `work` has the ledger of a bin, which is complete as long as it lasts. */
  async with<Result>(
    { tenant, bin }: Pick<Source, "tenant"> & { readonly bin: BinSettings },
    work: (ledger: Ledger) => Promise<Result>,
  ): Promise<Result> {
    const ledger = this.#ledgers.get(tenant) ?? new Ledger();
    this.#ledgers.delete(tenant);
    this.#ledgers.set(tenant, ledger);
    ledger.users += 1;
    try {
      ledger.loaded ??= this.#load(ledger, tenant, bin).catch((error: unknown) => {
        ledger.loaded = null; // It is read again by whoever comes next.
        throw error;
      });
      await ledger.loaded;
      return await work(ledger);
    } finally {
      ledger.users -= 1;
      this.#forgetOldest();
    }
  }

  async #load(ledger: Ledger, tenant: string, { beganAt }: BinSettings): Promise<void> {
    await this.#events.catchUp?.();
    const { earliest, head } = this.#events.bounds();
    for (let after = Math.max(beganAt, earliest - 1); after < head; ) {
      const query = { after, limit: limits.listPageSizeMax, bytesMax: readBytesMax, tenant };
      const { events, through } = await this.#events.read(query);
      for (const event of events) ledger.add(event);
      if (through <= after) return;
      after = through;
    }
  }

  #forgetOldest(): void {
    if (this.#ledgers.size <= limits.binsCounted) return;
    for (const [tenant, { users }] of this.#ledgers) {
      if (users > 0) continue;
      this.#ledgers.delete(tenant);
      if (this.#ledgers.size <= limits.binsCounted) return;
    }
  }
}
