/** What happens to a whole world: what publishers, people and fate do, and how it comes to rest in the end. */
import assert from "node:assert/strict";
import { errorCatalogue, TrotlineError } from "../../../src/core/errors.ts";
import type { ReplayPlan } from "../../../src/core/replay.ts";
import { isUnsettled } from "../simulated-store.ts";
import { eventTypes, type Happening } from "./plan.ts";
import type { WholeWorld } from "./whole-world.ts";

const hourMs = 3_600_000;
const publishAgainMs = 5_000;
const answerPatienceMs = 60_000;
const subjects = 6;
/** In the end: so often events come to every tenant, an hour apart, so that probes have something to find. */
const rounds = 3;

interface Wanted {
  readonly tenant: string;
  readonly ids: readonly string[];
  readonly body: Uint8Array;
  isAccepted: boolean;
}

export class People {
  readonly #world: WholeWorld;
  #published = 0;
  #waiting = 0;

  constructor(world: WholeWorld) {
    this.#world = world;
  }

  /** Does what a plan says; what is refused, or meets no process, is not asked again. */
  do(happening: Happening): void {
    const world = this.#world;
    const { loop, trace } = world.parts;
    trace.note(happening.do);
    switch (happening.do) {
      case "publish":
        this.publish(happening.tenant, happening.count);
        break;
      case "crash":
        world.crash(happening.downMs);
        break;
      case "step-clock":
        world.stepClock(happening.byMs);
        break;
      case "trouble":
        world.disk.trouble.reads = happening.reads;
        world.disk.trouble.writes = happening.writes;
        world.ledger.disturbedUntil(loop.nowMs + happening.forMs);
        loop.plan(loop.world, happening.forMs, () => this.mendDisk());
        break;
      case "trim":
        this.#trim(happening.at);
        break;
      case "resume":
        this.resume(happening.endpoint, happening.from);
        break;
      default:
        this.#touch(happening);
    }
  }

  mendDisk(): void {
    Object.assign(this.#world.disk.trouble, { reads: 0, writes: 0 });
  }

  /** True while something that was published is not accepted. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** A publisher does not let go before it is answered: the same events, with the same ids, again and again. */
  publish(tenant: string, count: number): void {
    const { fraction } = this.#world.parts;
    const events = Array.from({ length: count }, () => {
      this.#published += 1;
      const type = eventTypes[Math.floor(fraction() * eventTypes.length)];
      const subject = `subject-${Math.floor(fraction() * subjects)}`;
      return { id: `e${this.#published}`, tenant, type, subject, data: { number: this.#published } };
    });
    const wanted = {
      tenant,
      ids: events.map(({ id }) => id),
      body: Buffer.from(JSON.stringify(events)),
      isAccepted: false,
    };
    this.#waiting += 1;
    this.#insist(wanted);
  }

  #insist(wanted: Wanted): void {
    const { parts, ledger } = this.#world;
    const { loop, fraction } = parts;
    if (wanted.isAccepted) return;
    let isAnswered = false;
    const again = (delayMs: number): void => {
      if (isAnswered) return;
      isAnswered = true;
      loop.plan(loop.world, delayMs, () => this.#insist(wanted));
    };
    loop.plan(loop.world, answerPatienceMs, () => again(0));
    if (this.#world.app === null) {
      again(publishAgainMs * fraction());
      return;
    }
    const publish = this.#world.asProcess((app) =>
      app.publisher.publish(wanted.body, { keyId: "key_simulated", idempotencyKey: null }),
    );
    publish.then(
      () => {
        if (!wanted.isAccepted) this.#waiting -= 1;
        wanted.isAccepted = true;
        isAnswered = true;
        this.#world.check(() => {
          for (const id of wanted.ids) ledger.answered(wanted.tenant, id);
        });
      },
      (error) => {
        this.#world.check(() => assertRefused(error));
        again(publishAgainMs * fraction());
      },
    );
  }

  resume(number: number, from: "cursor" | "latest"): void {
    const { ledger } = this.#world;
    this.#ask(async (app) => {
      const endpoint = app.registry.endpointByNumber(number);
      if (endpoint === undefined) return;
      ledger.enabling(number);
      if (from === "latest") ledger.excused(number, app.dispatcher.lanes.dispatchedTo);
      await app.dispatcher.resume(endpoint, from);
    });
  }

  #touch({
    do: what,
    endpoint: number,
    at,
  }: {
    do: "pause" | "retry" | "seek" | "replay";
    endpoint: number;
    at: number;
  }): void {
    const { ledger } = this.#world;
    const { earliest, head } = ledger.durable;
    const position = earliest + Math.floor(at * Math.max(0, head - earliest));
    this.#ask(async (app) => {
      const endpoint = app.registry.endpointByNumber(number);
      if (endpoint === undefined) return;
      if (what === "pause") {
        await app.registry.setStatus(endpoint.id, "paused", null);
      } else if (what === "seek") {
        ledger.excused(number, position);
        ledger.mayBeSentAgain(number, upwards(position + 1, head));
        await app.dispatcher.seek(endpoint, position);
      } else if (what === "replay") {
        ledger.mayBeSentAgain(number, upwards(position, head));
        const only: ReplayPlan["only"] = at < 0.5 ? "all" : "failed";
        const { id: endpointId, types } = endpoint;
        const range = { first: position, last: app.store.events.bounds().head };
        await app.replays.create({ endpointNumber: number, endpointId, ...range, types, only, isDryRun: false });
      } else {
        const event = ledger.events.get(position);
        if (event === undefined || !ledger.takes(number, event)) return;
        ledger.mayBeSentAgain(number, [position]);
        await app.deliveries.retry(endpoint, event);
      }
    });
  }

  /** One step of retention: everything accepted before an event. */
  #trim(at: number): void {
    const { ledger } = this.#world;
    const { earliest, head } = ledger.durable;
    const event = ledger.events.get(earliest + Math.floor(at * (head - earliest)));
    if (event === undefined) return;
    this.#ask(async (app) => {
      const rule = { olderThanMs: event.acceptedAtMs, bytesMax: null, rowsMax: 1000 };
      const result = await app.store.events.trim(rule);
      app.dispatcher.trimmed(result.bounds.earliest, result.cancelled);
    });
  }

  /** A person's wish: refused with an error of the catalogue at most. */
  #ask(wish: Parameters<WholeWorld["asProcess"]>[0]): void {
    this.#world.asProcess(wish).catch((error) => this.#world.check(() => assertRefused(error)));
  }

  /**
   * Everything heals, endpoints are enabled, a few events come, and time runs on until nothing is left to do but to
   * probe with what was given up.
   */
  async end(daysMax: number): Promise<void> {
    const world = this.#world;
    const { loop } = world.parts;
    for (const { receiver } of world.parts.endpoints) receiver.phases = [];
    this.mendDisk();
    loop.plan(loop.world, 0, () => world.start());
    await loop.runUntil(loop.nowMs + hourMs);
    for (let hour = 0; hour < 24 * daysMax; hour++) {
      if (hour < rounds) this.#makeWell();
      await loop.runUntil(loop.nowMs + hourMs);
      if (hour >= rounds && this.#isAtRest()) return;
    }
    assert.fail(`not at rest after ${daysMax} days: ${this.#unrest().join("; ")}`);
  }

  #makeWell(): void {
    const { loop, endpoints } = this.#world.parts;
    loop.plan(loop.world, 0, () => {
      for (const [index] of endpoints.entries()) {
        const endpoint = this.#world.app?.registry.endpointByNumber(index + 1);
        if (endpoint !== undefined && endpoint.status !== "enabled") this.resume(index + 1, "cursor");
      }
      for (const tenant of new Set(endpoints.map((endpoint) => endpoint.tenant))) this.publish(tenant, 4);
    });
  }

  #isAtRest(): boolean {
    return this.#unrest().length === 0;
  }

  #unrest(): string[] {
    const { app, ledger } = this.#world;
    if (app === null) return ["no process runs"];
    const unrest = this.isWaiting ? ["a publisher waits"] : [];
    for (const { endpointNumber, status } of app.replays.list({ limit: 1000 }).replays) {
      // It rests while its endpoint is stopped, or is probed with what it has parked.
      const isResting =
        app.registry.endpointByNumber(endpointNumber)?.status !== "enabled" ||
        app.dispatcher.lanes.get(endpointNumber)?.lane.breaker.probeAtMs !== null;
      if ((status === "running" && !isResting) || status === "counting")
        unrest.push(`a replay of endpoint ${endpointNumber} is ${status}`);
    }
    for (const { number } of ledger.books.values()) {
      const { record, rows } = ledger.durable.lane(number);
      const running = app.dispatcher.lanes.get(number);
      if (running === undefined) continue;
      const { lane, endpoint } = running;
      const unsettled = [...rows.values()].filter(isUnsettled).length;
      const facts = { number, status: endpoint.status, behind: record.behind, unsettled, inFlight: lane.flights.size };
      const isAtRest =
        lane.caughtUp && !record.behind && unsettled === 0 && lane.flights.size + lane.manuals.size === 0;
      // It failed for too long once more: a receiver that never takes some events, and has few that it takes.
      const isStopped = endpoint.status === "disabled" && lane.flights.size + lane.manuals.size === 0;
      if (!isAtRest && !isStopped) unrest.push(JSON.stringify(facts));
    }
    return unrest;
  }
}

function* upwards(first: number, last: number): Iterable<number> {
  for (let position = first; position <= last; position++) yield position;
}

function assertRefused(error: unknown): void {
  if (!(error instanceof TrotlineError)) throw error;
  assert.notEqual(errorCatalogue[error.code].status, 500, error.message);
}
