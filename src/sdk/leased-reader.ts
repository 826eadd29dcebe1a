/** Reads as a named consumer for as long as its program runs: takes the lease, waits while another has it, again. */
import { TrotlineApiError } from "./api-error.ts";
import { ensureConsumer } from "./ensure-consumer.ts";
import { type HeldEvent, isLeaseLost, Lease } from "./lease.ts";
import { pause } from "./pause.ts";
import { pathPart } from "./query.ts";
import { isConsumerPage, type Transport } from "./transport.ts";
import type { ConsumerPage, NewConsumer } from "./wire.ts";

export interface ReadingOptions {
  /** Patterns of event types, a filter and a subject, as the consumer is to have them; absent ones stay. */
  readonly types?: readonly string[] | undefined;
  /** An expression in CEL; null takes all. */
  readonly filter?: string | null | undefined;
  readonly subject?: string | null | undefined;
  /** Where it begins, if it is not there yet; `latest` where absent. */
  readonly from?: string | undefined;
  readonly tenant?: string | undefined;
  /** How long others are kept away once this program has vanished without a word. */
  readonly leaseMs?: number | undefined;
  /** Events of a page; 100 where absent. */
  readonly limit?: number | undefined;
  /** How long one event may take; then others may read. 15 minutes where absent. */
  readonly processingMsMax?: number | undefined;
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
}

const limitDefault = 100;
const processingMsMaxDefault = 900_000;
/** A request for a page is held so long, where the lease allows it. */
const waitSecondsMax = 30;
/** While another has the lease: it may give it back early. */
const heldWaitMs = { first: 1000, max: 30_000 };

interface Hold<Data> {
  readonly lease: Lease<Data>;
  readonly events: AsyncGenerator<HeldEvent<Data>, never>;
}

export class LeasedReader<Data> {
  readonly #transport: Transport;
  readonly #name: string;
  readonly #options: ReadingOptions;
  readonly #signal: AbortSignal;
  #leaseMs: number | null = null;
  #hold: Hold<Data> | null = null;

  constructor(transport: Transport, name: string, options: ReadingOptions & { readonly signal: AbortSignal }) {
    this.#transport = transport;
    this.#name = name;
    this.#options = options;
    this.#signal = options.signal;
    this.#signal.addEventListener("abort", () => this.#hold?.lease.stop(), { once: true });
  }

  /** The next event; null once the signal is aborted. Throws what the program must decide about. */
  async next(): Promise<HeldEvent<Data> | null> {
    while (!this.#signal.aborted) {
      try {
        this.#hold ??= await this.#take();
        return (await this.#hold.events.next()).value;
      } catch (error) {
        if (this.#signal.aborted) break;
        if (!isLeaseLost(error)) throw error;
        await this.#hold?.lease.end();
        this.#hold = null;
      }
    }
    return null;
  }

  /** Acknowledges what is finished and gives the lease back. Never rejects. */
  async close(): Promise<void> {
    await this.#hold?.lease.end();
  }

  async #take(): Promise<Hold<Data>> {
    const { tenant = this.#transport.settings.tenant, limit = limitDefault, processingMsMax } = this.#options;
    const path = `/v1/consumers/${pathPart(this.#name)}`;
    const leaseMs = await this.#ensured(path, tenant);
    for (let number = 1; ; number++) {
      try {
        const page = await this.#transport.call<ConsumerPage<Data>>({
          method: "GET",
          path: `${path}/events`,
          query: { tenant, limit },
          repeat: "endless",
          signal: this.#signal,
          isAnswer: isConsumerPage,
        });
        const waitSeconds = Math.min(waitSecondsMax, Math.max(1, Math.floor(leaseMs / 3000)));
        const lease = new Lease<Data>(page.lease, {
          transport: this.#transport,
          path,
          tenant,
          limit,
          waitSeconds,
          leaseMs,
          processingMsMax: processingMsMax ?? processingMsMaxDefault,
        });
        return { lease, events: lease.events(page) };
      } catch (error) {
        if (!(error instanceof TrotlineApiError && error.code === "lease-held")) throw error;
        const delayMs = Math.min(error.retryAfterMs ?? heldWaitMs.first, heldWaitMs.max) + Math.random() * 100;
        const request = `GET ${path}/events`;
        this.#transport.settings.onRetry({ request, attempt: number, error, delayMs });
        await pause(delayMs, this.#signal);
      }
    }
  }

  /** Once: what is deleted while it is read is not made again, for its place is gone. */
  async #ensured(path: string, tenant: string | undefined): Promise<number> {
    if (this.#leaseMs !== null) return this.#leaseMs;
    const consumer = await ensureConsumer(this.#transport, wantedSettings(this.#options), {
      path,
      tenant,
      signal: this.#signal,
    });
    this.#leaseMs = consumer.lease_ms;
    return consumer.lease_ms;
  }
}

function wantedSettings({ types, filter, subject, from, leaseMs }: ReadingOptions): NewConsumer {
  return {
    ...(types !== undefined && { types }),
    ...(filter !== undefined && { filter }),
    ...(subject !== undefined && { subject }),
    ...(leaseMs !== undefined && { lease_ms: leaseMs }),
    ...(from !== undefined && { from }),
  };
}
