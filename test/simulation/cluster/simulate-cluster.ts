/** One seed of processes that share a store, from its plan to what it proves. */
import assert from "node:assert/strict";
import { errorCatalogue, TrotlineError } from "../../../src/core/errors.ts";
import { limits } from "../../../src/core/limits.ts";
import type { Mood } from "../scripted-receiver.ts";
import { seededFraction } from "../virtual-time.ts";
import { Draw } from "../whole/plan.ts";
import { SimulationFailure } from "../whole/simulate.ts";
import { Trace } from "../whole/trace.ts";
import { VirtualLoop } from "../whole/virtual-loop.ts";
import { scenarioStartMs } from "../world.ts";
import type { ClusterBug } from "./cluster-bugs.ts";
import type { ClusterEndpoint } from "./cluster-ledger.ts";
import { ClusterWorld, type Member } from "./cluster-world.ts";

export interface ClusterOptions {
  readonly seed: number;
  readonly processes: number;
  readonly bug?: ClusterBug;
  readonly print?: (line: string) => void;
}

export interface ClusterSimulated {
  readonly trace: string;
  readonly virtualMs: number;
  readonly sends: number;
  readonly duplicates: number;
  readonly crashes: number;
  readonly takeovers: number;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const chaosMs = 4 * minuteMs;
const restMsMax = 60 * minuteMs;
const tenants = ["one", "two"] as const;
const moods: readonly Mood[] = ["well", "well", "slow", "flaky", "broken", "unreachable", "hanging"];
const subjects = 3;
const publishAgainMs = 2_000;

/** Rejects with a `SimulationFailure` where an invariant does not hold. */
export async function simulateCluster(options: ClusterOptions): Promise<ClusterSimulated> {
  const { seed, processes, bug = null, print = null } = options;
  const loop = new VirtualLoop(scenarioStartMs);
  const trace = new Trace(() => loop.nowMs - scenarioStartMs, print);
  const draw = new Draw(seededFraction(seed));
  const endpoints = drawEndpoints(draw);
  try {
    return await loop.withTimers(async () => {
      const parts = { loop, trace, fraction: seededFraction(seed ^ 0xc105), endpoints, bug };
      const world = new ClusterWorld({ ...parts, shards: 2 + draw.upTo(9) });
      await new Fate(world, draw, processes).play();
      const { sends, duplicates, takeovers } = world.ledger;
      const virtualMs = loop.nowMs - scenarioStartMs;
      return { trace: trace.digest(), virtualMs, sends, duplicates, crashes: world.crashes, takeovers };
    });
  } catch (error) {
    const command = `npm run simulate -- --seed ${seed} --processes ${processes}`;
    throw new SimulationFailure({ seed, command }, error, trace);
  }
}

function drawEndpoints(draw: Draw): ClusterEndpoint[] {
  return Array.from({ length: 3 + draw.upTo(5) }, (_, index) => {
    let fromMs = scenarioStartMs;
    const phases = Array.from({ length: draw.upTo(4) }, () => {
      fromMs += draw.waitMs(chaosMs / 3);
      return { fromMs, mood: draw.of(moods) };
    });
    // Nothing is given up in this world: in the end each takes what it is sent.
    phases.push({ fromMs: Math.max(fromMs, scenarioStartMs + chaosMs), mood: "well" });
    const receiver = { phases, poisonEvery: null };
    return { number: index + 1, tenant: draw.of(tenants), ordering: draw.of(["none", "key", "strict"]), receiver };
  });
}

class Fate {
  readonly #world: ClusterWorld;
  readonly #draw: Draw;
  readonly #processes: number;
  #published = 0;
  #waiting = 0;

  constructor(world: ClusterWorld, draw: Draw, processes: number) {
    this.#world = world;
    this.#draw = draw;
    this.#processes = processes;
  }

  async play(): Promise<void> {
    const { loop } = this.#world.parts;
    const draw = this.#draw;
    let isConfigured = false;
    this.#at(0, () => {
      this.#world.configure().then(
        () => {
          isConfigured = true;
        },
        (error) => loop.fail(error),
      );
    });
    while (!isConfigured) await loop.runUntil(loop.nowMs + secondMs);
    for (let index = 0; index < this.#processes; index++) {
      this.#at(index * draw.waitMs(20 * secondMs), () => void this.#world.start());
    }
    const happenings = 15 + draw.upTo(25);
    let atMs = 0;
    for (let index = 0; index < happenings; index++) {
      atMs += draw.chance(0.6) ? draw.waitMs(5 * secondMs) : draw.waitMs((2.5 * chaosMs) / happenings);
      this.#at(atMs, () => this.#happen());
    }
    await loop.runUntil(Math.max(loop.nowMs + atMs, scenarioStartMs + chaosMs));
    await this.#comeToRest();
    this.#world.ledger.audit();
    this.#world.ledger.assertNothingLost();
    this.#assertEven();
  }

  #at(delayMs: number, run: () => void): void {
    const { loop } = this.#world.parts;
    loop.plan(loop.world, delayMs, run);
  }

  #happen(): void {
    const draw = this.#draw;
    const kind = draw.upTo(99);
    const running = this.#running();
    const member = running.length === 0 ? null : draw.of(running);
    if (kind < 50 || member === null) {
      this.#publish({ tenant: draw.of(tenants), count: 1 + draw.upTo(draw.chance(0.2) ? 40 : 4) });
    } else if (kind < 62) {
      this.#world.crash(member);
      this.#startAfter(draw.of([0, secondMs, 15 * secondMs]));
    } else if (kind < 74) {
      this.#world.stop(member, draw.of([0.2, 0.9, 1, 1.1, 2.5]) * limits.shardLeaseMs);
    } else if (kind < 82) {
      this.#world.cut(member, draw.of([0.2, 0.9, 1.2, 2]) * limits.shardLeaseMs);
    } else if (kind < 92) {
      this.#world.close(member).catch((error) => this.#world.parts.loop.fail(error));
      this.#startAfter(draw.of([0, secondMs, 15 * secondMs]));
    } else {
      this.#replay(member, 1 + draw.upTo(this.#world.parts.endpoints.length - 1));
    }
  }

  #running(): Member[] {
    return [...this.#world.members].filter((member) => member.app !== null && !this.#world.isStopped(member));
  }

  #startAfter(delayMs: number): void {
    this.#at(delayMs, () => void this.#world.start());
  }

  /** Wherever it runs; elsewhere it is refused. */
  #replay({ app, life }: Member, number: number): void {
    const { parts, ledger, data } = this.#world;
    const endpoint = app?.registry.endpointByNumber(number);
    if (app === null || endpoint === undefined || data.head === 0) return;
    const first = 1 + this.#draw.upTo(data.head - 1);
    const range = { first, last: data.head };
    const asked = { endpointNumber: number, endpointId: endpoint.id, ...range, types: [], isDryRun: false };
    if (!app.shards.runs(number)) return;
    ledger.replayed(number, data.head);
    parts.trace.note("replay", number, first);
    parts.loop.enter(life);
    app.replays.create({ ...asked, only: "all" }).catch((error) => this.#world.check(() => assertRefused(error)));
  }

  /** A publisher does not let go before it is answered. */
  #publish({ tenant, count }: { tenant: string; count: number }): void {
    const events = Array.from({ length: count }, () => {
      this.#published += 1;
      const subject = `subject-${this.#draw.upTo(subjects - 1)}`;
      return { id: `e${this.#published}`, tenant, type: "order.paid", subject, data: { number: this.#published } };
    });
    this.#waiting += 1;
    const ids = events.map(({ id }) => `${tenant} ${id}`);
    this.#insist({ ids, body: Buffer.from(JSON.stringify(events)), isAccepted: false });
  }

  #insist(wanted: { readonly ids: readonly string[]; readonly body: Uint8Array; isAccepted: boolean }): void {
    if (wanted.isAccepted) return;
    const { ledger, parts } = this.#world;
    const running = this.#running();
    this.#at(publishAgainMs, () => this.#insist(wanted));
    if (running.length === 0) return;
    const { app, life } = this.#draw.of(running);
    parts.loop.enter(life);
    app?.publisher.publish(wanted.body, { keyId: "key_simulated", idempotencyKey: null }).then(
      () => {
        if (!wanted.isAccepted) this.#waiting -= 1;
        wanted.isAccepted = true;
        for (const id of wanted.ids) ledger.accepted.add(id);
      },
      (error) => this.#world.check(() => assertRefused(error)),
    );
  }

  /** Nothing befalls anybody any more, and as many processes run as are wanted. */
  async #comeToRest(): Promise<void> {
    const { loop } = this.#world.parts;
    await loop.runUntil(loop.nowMs + minuteMs);
    this.#world.isCalm = true;
    this.#at(0, () => {
      for (let count = this.#world.members.size; count < this.#processes; count++) void this.#world.start();
      for (const tenant of tenants) this.#publish({ tenant, count: 3 });
    });
    for (const untilMs = loop.nowMs + restMsMax; loop.nowMs < untilMs; ) {
      await loop.runUntil(loop.nowMs + minuteMs);
      if (this.#unrest().length === 0) return;
    }
    assert.fail(`not at rest: ${this.#unrest().join("; ")}`);
  }

  #unrest(): string[] {
    return [...(this.#waiting > 0 ? ["a publisher waits"] : []), ...this.#world.ledger.unrest()];
  }

  #assertEven(): void {
    const { data, members } = this.#world;
    const held = new Map([...members].map(({ connection }) => [connection.processId, 0]));
    for (const { shard, holder } of data.shards) {
      const count = held.get(holder ?? "");
      assert.ok(holder !== null && count !== undefined, `the shard ${shard} is held by ${holder}`);
      held.set(holder, count + 1);
    }
    const counts = [...held.values()];
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `shares are ${counts}`);
    for (const { app, connection } of members) {
      const running = app?.shards.values().filter(({ state }) => state === "running").length;
      assert.equal(running, held.get(connection.processId), "what is held runs");
    }
  }
}

function assertRefused(error: unknown): void {
  if (!(error instanceof TrotlineError)) throw error;
  assert.notEqual(errorCatalogue[error.code].status, 500, error.message);
}
