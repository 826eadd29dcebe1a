/** What the process did and does, in Prometheus' terms. Labels are bounded: never an endpoint, a tenant or a type. */
import { Counter, Gauge, Registry as PrometheusRegistry } from "prom-client";
import { type AttemptResult, errorClasses } from "../core/attempt.ts";
import { isGivenUpState } from "../core/delivery.ts";
import type { StoredEvent } from "../core/event.ts";
import type { Settlement } from "../core/lane-settle.ts";
import type { Clock } from "../core/ports.ts";
import type { OutboxReadings } from "../log/outbox.ts";
import { BucketCounts } from "./bucket-counts.ts";
import { type ClusterReadings, showCluster } from "./cluster-metrics.ts";
import { InboundMetrics } from "./inbound-metrics.ts";

const delayBucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400];
const durationBucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Read when somebody asks. */
export interface Readings {
  readonly inFlight: number;
  /** Sum over endpoints of the positions between cursor and head. */
  readonly backlog: number;
  readonly parked: number;
  readonly lanes: Readonly<Record<"idle" | "busy" | "failing" | "open", number>>;
  readonly commits: number;
  /** Sent to a database. */
  readonly statements: number;
  readonly head: number;
  readonly outbox: OutboxReadings;
  readonly logBytes: number;
  readonly queued: number;
  readonly endpoints: number;
  /** Readers of the feed whose request waits for an event. */
  readonly waiting: number;
  readonly cluster: ClusterReadings;
}

/** Counts for a counter of prom-client's, which is told when somebody asks. */
class Count {
  readonly #counter: Counter.Internal;
  #untold = 0;

  constructor(counter: Counter.Internal) {
    this.#counter = counter;
  }

  inc(): void {
    this.#untold += 1;
  }

  tell(): void {
    if (this.#untold > 0) this.#counter.inc(this.#untold);
    this.#untold = 0;
  }
}

export class Metrics {
  readonly #registry = new PrometheusRegistry();
  readonly #clock: Clock;
  readonly #published: Counter<"outcome">;
  readonly #deliveries: Counter<"outcome">;
  readonly #attempts = new Map<string, Count>();
  readonly #delayFromOccurrence: BucketCounts;
  readonly #delayFromAcceptance: BucketCounts;
  readonly #duration: BucketCounts;
  readonly #delivered: Count;
  readonly #exhausted: Count;
  readonly #read: () => Readings;
  readonly inbound: InboundMetrics;
  /** Taken once for everything that is shown together: to count what lanes do takes a look at each. */
  #readings: Readings | null = null;

  constructor(clock: Clock, readings: () => Readings) {
    this.#clock = clock;
    this.#read = readings;
    const registers = [this.#registry];
    const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
      new Counter({ name: `trotline_${name}`, help, labelNames, registers });
    const histogram = (name: string, help: string, bounds: readonly number[]) =>
      new BucketCounts(this.#registry, { name: `trotline_${name}`, help, bounds });
    this.#published = counter("events_published_total", "Events published, by what became of them.", ["outcome"]);
    this.#deliveries = counter("deliveries_total", "Deliveries settled, by outcome.", ["outcome"]);
    const attempts = counter("attempts_total", "Attempts, by result: delivered or the class of error.", ["result"]);
    for (const result of ["delivered", ...errorClasses]) this.#attempts.set(result, new Count(attempts.labels(result)));
    this.#delivered = new Count(this.#deliveries.labels("delivered"));
    this.#exhausted = new Count(this.#deliveries.labels("exhausted"));
    this.#delayFromOccurrence = histogram(
      "delivery_delay_seconds",
      "From when an event occurred to when it was delivered.",
      delayBucketsSeconds,
    );
    this.#delayFromAcceptance = histogram(
      "delivery_delay_from_acceptance_seconds",
      "From when an event was accepted to when it was delivered.",
      delayBucketsSeconds,
    );
    this.#duration = histogram("attempt_duration_seconds", "How long attempts took.", durationBucketsSeconds);
    this.inbound = new InboundMetrics(this.#registry);
    this.#showReadings();
  }

  readonly contentType = "text/plain; version=0.0.4; charset=utf-8";

  /** Prometheus text format. */
  text(): Promise<string> {
    for (const count of [...this.#attempts.values(), this.#delivered, this.#exhausted]) count.tell();
    this.#readings = this.#read();
    return this.#registry.metrics();
  }

  published(counts: { stored: number; duplicates: number; refused: number }): void {
    if (counts.stored > 0) this.#published.labels("stored").inc(counts.stored);
    if (counts.duplicates > 0) this.#published.labels("duplicate").inc(counts.duplicates);
    if (counts.refused > 0) this.#published.labels("refused").inc(counts.refused);
  }

  attempted(event: StoredEvent, result: AttemptResult, settlement: Settlement): void {
    this.#attempts.get(result.errorClass ?? "delivered")?.inc();
    this.#duration.observe(result.durationMs / 1000);
    // By hand, a delivery that is settled already is sent again: it is counted, and its delay taken, only once.
    if (settlement.state === settlement.flight.from) return;
    if (isGivenUpState(settlement.state)) this.#exhausted.inc();
    if (result.errorClass !== null) return;
    this.#delivered.inc();
    this.#delayFromOccurrence.observe(Math.max(0, this.#clock.wallMs() - event.occurredAtMs) / 1000);
    this.#delayFromAcceptance.observe(Math.max(0, this.#clock.steadyMs() - event.acceptedAtMs) / 1000);
  }

  /** A delivery was given up without an attempt. */
  gaveUp(): void {
    this.#exhausted.inc();
  }

  cancelled(count: number): void {
    if (count > 0) this.#deliveries.labels("cancelled").inc(count);
  }

  #showReadings(): void {
    const readings = (): Readings => {
      this.#readings ??= this.#read();
      return this.#readings;
    };
    const gauge = (name: string, help: string, read: (now: Readings) => number): void => {
      const collect = function collect(this: Gauge): void {
        this.set(read(readings()));
      };
      new Gauge({ name: `trotline_${name}`, help, registers: [this.#registry], collect });
    };
    gauge("in_flight", "Attempts in flight.", (now) => now.inFlight);
    gauge(
      "backlog_events",
      "Positions between endpoints' cursors and the head of the log, summed.",
      (now) => now.backlog,
    );
    gauge("parked_deliveries", "Deliveries that failed or are slow, and are not settled.", (now) => now.parked);
    gauge("endpoints", "Endpoints configured.", (now) => now.endpoints);
    gauge("feed_waiting", "Readers of the feed whose request waits for an event.", (now) => now.waiting);
    gauge("log_head_position", "Position of the newest event.", (now) => now.head);
    gauge("log_bytes", "Bytes of data in the log.", (now) => now.logBytes);
    gauge("store_queue", "Requests waiting to be committed.", (now) => now.queued);
    new Counter({
      name: "trotline_store_commits_total",
      help: "Transactions made durable since the start.",
      registers: [this.#registry],
      collect(): void {
        this.reset();
        this.inc(readings().commits);
      },
    });
    new Counter({
      name: "trotline_store_statements_total",
      help: "Statements sent to the database since the start. None are where the store is a folder.",
      registers: [this.#registry],
      collect(): void {
        this.reset();
        this.inc(readings().statements);
      },
    });
    gauge(
      "outbox_waiting_rows",
      "Rows of the outbox that are committed and not in the log yet.",
      (now) => now.outbox.waiting,
    );
    gauge(
      "outbox_oldest_age_seconds",
      "Since when the oldest of them waits: since its transaction began.",
      (now) => now.outbox.oldestAgeMs / 1000,
    );
    gauge(
      "outbox_refused_rows",
      "Rows of the outbox that were kept because they cannot become events.",
      (now) => now.outbox.refused,
    );
    showCluster(this.#registry, () => readings().cluster);
    gauge("process_resident_memory_bytes", "Resident memory of the process.", () => process.memoryUsage.rss());
    const lanes = new Gauge({
      name: "trotline_lanes",
      help: "Lanes by state. Idle ones may be left out of memory.",
      labelNames: ["state"],
      registers: [this.#registry],
      collect(): void {
        for (const [state, count] of Object.entries(readings().lanes)) lanes.labels(state).set(count);
      },
    });
  }
}
