import { Counter, Gauge, type Registry as PrometheusRegistry } from "prom-client";
import { BucketCounts } from "./bucket-counts.ts";

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Requests that are being received. */
export interface Receivings {
  readonly requests: number;
  readonly bytes: number;
}

/** What came in. Labels are words of ours, never a source or anything that a request says. */
export class InboundMetrics {
  readonly #requests: Counter<"outcome" | "code">;
  readonly #seconds: BucketCounts;
  readonly #unwritten: Counter;
  readonly #registry: PrometheusRegistry;

  constructor(registry: PrometheusRegistry) {
    this.#registry = registry;
    this.#requests = new Counter({
      name: "trotline_inbound_requests_total",
      help: "Requests received, by what became of them, and why where they were rejected.",
      labelNames: ["outcome", "code"],
      registers: [registry],
    });
    this.#seconds = new BucketCounts(registry, {
      name: "trotline_inbound_seconds",
      help: "From the head of a received request to its answer.",
      bounds: secondsBuckets,
    });
    this.#unwritten = new Counter({
      name: "trotline_inbound_receipts_unwritten_total",
      help: "Receipts that were counted and not written: there were too many, or the store would not take them.",
      registers: [registry],
    });
  }

  received(outcome: string, code: string | null, durationMs: number): void {
    this.#requests.labels(outcome, code ?? "").inc();
    this.#seconds.observe(durationMs / 1000);
  }

  receiptsUnwritten(count: number): void {
    this.#unwritten.inc(count);
  }

  /** Shows what is being received whenever somebody asks. */
  watch(read: () => Receivings): void {
    const gauge = (name: string, help: string, value: (now: Receivings) => number): void => {
      const collect = function collect(this: Gauge): void {
        this.set(value(read()));
      };
      new Gauge({ name: `trotline_${name}`, help, registers: [this.#registry], collect });
    };
    gauge("inbound_in_flight", "Requests being received.", ({ requests }) => requests);
    gauge("inbound_in_flight_bytes", "Bytes of their bodies in memory.", ({ bytes }) => bytes);
  }
}
