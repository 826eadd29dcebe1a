/**
 * A whole Trotline in virtual time, as `createApp` wires it: only clock, chance, receivers, disk and timers are
 * simulated. The world starts it, does to it what a plan says (`people.ts`), lets it die, and starts it again on what is
 * durable.
 */
import { type App, createApp } from "../../../src/app.ts";
import type { Endpoint } from "../../../src/core/endpoint.ts";
import type { StoredEvent } from "../../../src/core/event.ts";
import type { Clock, Random } from "../../../src/core/ports.ts";
import type { TrimResult } from "../../../src/log/event-log.ts";
import type { JournalBatch } from "../../../src/log/journal.ts";
import { openMemoryStore } from "../../../src/log/memory/store.ts";
import type { Capacity } from "../../../src/outbound/ready-lanes.ts";
import type { PlantedBug } from "./bugs.ts";
import type { SentAttempt } from "./endpoint-book.ts";
import { Ledger } from "./ledger.ts";
import type { EndpointPlan } from "./plan.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedSender } from "./simulated-sender.ts";
import type { Trace } from "./trace.ts";
import type { Life, VirtualLoop } from "./virtual-loop.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const dayMs = 86_400_000;
const smallCapacity = { perProcess: 48, perTenant: 24, perOrigin: 16 };
const startAgainMs = 1_000;

interface Running {
  readonly life: Life;
  /** Null while it starts. */
  app: App | null;
}

export interface WorldParts {
  readonly loop: VirtualLoop;
  readonly trace: Trace;
  readonly fraction: () => number;
  readonly endpoints: readonly EndpointPlan[];
  readonly bug: PlantedBug | null;
  /** What is durable is audited after so many commits. */
  readonly commitsBetweenAudits: number;
  /** So small that shares fill up, where absent. */
  readonly capacity?: Capacity;
  readonly noteSent?: (attempt: SentAttempt, isDelivered: boolean) => void;
}

export class WholeWorld {
  readonly ledger: Ledger;
  readonly disk: SimulatedDisk;
  readonly parts: WorldParts;
  #running: Running | null = null;
  #wallOffsetMs = 0;
  #commits = 0;

  constructor(parts: WorldParts) {
    const { loop, fraction, bug } = parts;
    this.parts = parts;
    this.ledger = new Ledger(() => loop.nowMs);
    this.disk = new SimulatedDisk({
      loop,
      fraction,
      memory: openMemoryStore({ clock: this.#clock() }),
      answersEarly: bug?.answersEarly ?? false,
      book: {
        journalled: (batch) => this.#journalled(batch),
        appended: (events) => this.check(() => this.ledger.appended(events)),
        done: (name, [given], result) => this.#done(name, { given, result }),
        told: (name, [given], appended) => this.#told(name, given, appended),
      },
    });
  }

  /** Null while no process runs, or the one that does still starts. */
  get app(): App | null {
    return this.#running?.app ?? null;
  }

  /** Runs `act` as a part of the process that runs now. */
  asProcess(act: (app: App) => Promise<unknown>): Promise<unknown> {
    const { loop } = this.parts;
    const { app, life } = this.#running ?? { app: null, life: loop.world };
    if (app === null) return Promise.resolve();
    loop.enter(life);
    return act(app);
  }

  /** Where it throws, time stops, and the run fails. */
  check(assertion: () => void): void {
    try {
      assertion();
    } catch (error) {
      this.parts.loop.fail(error as Error);
    }
  }

  start(): void {
    if (this.#running !== null) return;
    const { loop, trace } = this.parts;
    const running: Running = { life: { isOver: false }, app: null };
    this.#running = running;
    this.ledger.started();
    trace.note("start");
    loop.enter(running.life);
    this.#create(running).then(
      (app) => {
        running.app = app;
        trace.note("started");
      },
      (error) => {
        trace.note("not started", error.message);
        running.life.isOver = true;
        this.#running = null;
        loop.plan(loop.world, startAgainMs, () => this.start());
      },
    );
  }

  /** The process dies; another starts after `downMs`. */
  crash(downMs: number): void {
    const { loop, trace } = this.parts;
    if (this.#running === null) return;
    trace.note("crash");
    this.#running.life.isOver = true;
    this.#running = null;
    loop.isBusy = false;
    this.ledger.crashed();
    this.check(() => this.ledger.audit());
    loop.plan(loop.world, downMs, () => this.start());
  }

  stepClock(byMs: number): void {
    this.parts.trace.note("clock", byMs);
    this.#wallOffsetMs += byMs;
  }

  async #create({ life }: Running): Promise<App> {
    const { loop, trace, fraction, bug, capacity = smallCapacity, noteSent = () => {} } = this.parts;
    const { promise: ready, resolve: handOver } = Promise.withResolvers<App>();
    const sender = new SimulatedSender({
      loop,
      life,
      ledger: this.ledger,
      trace,
      fraction,
      capacity,
      noteSent,
      ready,
      steadyOffsetMs: this.#wallOffsetMs,
      hidesRetryAfter: bug?.hidesRetryAfter ?? false,
    });
    const app = await createApp({
      store: "memory",
      logger: quiet,
      allowAddresses: [],
      retentionAgeMs: 30 * dayMs,
      retentionBytesMax: null,
      attemptsAgeMs: 30 * dayMs,
      eventBytesMax: 65_536,
      tailBytesMax: 65_536,
      capacity,
      shutdownGraceMs: 0,
      adminKey: "trotline_simulated",
      machine: { clock: this.#clock(), random: this.#random(), sender, store: this.disk.open(life) },
    });
    // Retention's own timer would fill the days with its ticks; the plan says when it runs.
    void app.retention.close();
    this.ledger.disturbedUntil(loop.nowMs);
    handOver(app);
    await this.#createEndpoints(app);
    return app;
  }

  /** At the first start; later ones find them. */
  async #createEndpoints({ registry }: App): Promise<void> {
    const { endpoints, bug } = this.parts;
    for (const [index, plan] of endpoints.entries()) {
      if (registry.endpointByNumber(index + 1) !== undefined) continue;
      const { tenant, types, origin, delaysMs, disableAfterMs } = plan;
      const ordering = bug?.forgetsOrder ? "none" : plan.ordering;
      const maxInFlight = plan.maxInFlight * (bug?.inFlightFactor ?? 1);
      const url = `${origin}/endpoints/${index + 1}`;
      const input = { tenant, url, types, maxInFlight, retry: { delaysMs }, disableAfterMs, ordering };
      await registry.createEndpoint(input, 0);
    }
  }

  #journalled(given: JournalBatch): JournalBatch {
    const { bug, commitsBetweenAudits, trace } = this.parts;
    const batch = bug?.stores?.(given) ?? given;
    trace.note(
      "commit",
      batch.dispatched[0]?.position ?? 0,
      batch.attempts.length,
      batch.changes.length,
      batch.lanes.length,
    );
    this.check(() => this.ledger.journalled(batch));
    this.#commits += 1;
    if (this.#commits % commitsBetweenAudits === 0) this.check(() => this.ledger.audit());
    return batch;
  }

  #done(name: string, { given, result }: { given: unknown; result: unknown }): void {
    if (name === "registry.createEndpoint") {
      const { number } = result as Endpoint;
      this.ledger.created(number, this.parts.endpoints[number - 1]!);
    }
    if (name === "events.trim") this.ledger.durable.trim((result as TrimResult).bounds.earliest);
    if (name !== "registry.updateEndpoint") return;
    const { number, status } = given as Endpoint;
    this.parts.trace.note("endpoint", number, status);
    this.ledger.statusIsDurable(number, status);
  }

  #told(name: string, given: unknown, appended: readonly StoredEvent[]): void {
    this.ledger.told(appended);
    if (name !== "registry.updateEndpoint") return;
    const { number, status } = given as Endpoint;
    this.ledger.statusIsTold(number, status);
  }

  /** The wall clock steps; the steady one of a process begins at what it says, and does not. */
  #clock(): Clock {
    const { loop } = this.parts;
    const offsetMs = this.#wallOffsetMs;
    return {
      wallMs: () => Math.floor(loop.nowMs + this.#wallOffsetMs),
      steadyMs: () => Math.floor(loop.nowMs + offsetMs),
    };
  }

  #random(): Random {
    const { fraction } = this.parts;
    return { fraction, bytes: (count) => new Uint8Array(count).map(() => Math.floor(256 * fraction())) };
  }
}
