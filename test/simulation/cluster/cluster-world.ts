/** Several whole Trotlines on one store in virtual time, started, stopped, killed and cut off as fate wants. */
import assert from "node:assert/strict";
import { type App, createApp } from "../../../src/app.ts";
import type { AttemptResult } from "../../../src/core/attempt.ts";
import type { Clock, Random, Sender, SendRequest } from "../../../src/core/ports.ts";
import type { ProcessRole } from "../../../src/core/shard.ts";
import { MemoryData } from "../../../src/log/memory/data.ts";
import { answerOf } from "../scripted-receiver.ts";
import type { Trace } from "../whole/trace.ts";
import type { Life, VirtualLoop } from "../whole/virtual-loop.ts";
import type { ClusterBug } from "./cluster-bugs.ts";
import { type ClusterDiskParts, Connection, type FencedWrite } from "./cluster-disk.ts";
import { type ClusterEndpoint, ClusterLedger } from "./cluster-ledger.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const dayMs = 86_400_000;
/** Far more than anything here fails: no delivery is given up. */
const delaysMs = Array.from({ length: 50 }, (_, index) => (index < 3 ? 1_000 : 20_000));
const graceMs = 5_000;
const commitsBetweenAudits = 16;

export interface ClusterParts {
  readonly loop: VirtualLoop;
  readonly trace: Trace;
  readonly fraction: () => number;
  readonly shards: number;
  readonly endpoints: readonly ClusterEndpoint[];
  readonly bug: ClusterBug | null;
}

export interface Member {
  readonly life: Life;
  readonly connection: Connection;
  /** Null while it starts, and when it closes. */
  app: App | null;
}

export class ClusterWorld {
  readonly parts: ClusterParts;
  readonly data: MemoryData;
  readonly ledger: ClusterLedger;
  readonly members = new Set<Member>();
  crashes = 0;
  /** The store is quick from now on. */
  isCalm = false;
  #commits = 0;

  constructor(parts: ClusterParts) {
    const { shards, endpoints, bug } = parts;
    this.parts = parts;
    this.data = new MemoryData({ clock: this.#clock(), shards });
    this.ledger = new ClusterLedger(this.data, endpoints);
    bug?.plantInStore?.(this.data);
  }

  /** What is configured is there before the processes that run it. */
  async configure(): Promise<void> {
    const member = await this.start(["api"]);
    for (const { number, tenant, ordering } of this.parts.endpoints) {
      const url = `https://receiver.example.com/endpoints/${number}`;
      const retry = { delaysMs };
      await member?.app?.registry.createEndpoint({ tenant, url, retry, ordering, disableAfterMs: null }, 0);
    }
    await member?.app?.close();
    if (member !== null) this.members.delete(member);
  }

  async start(roles: readonly ProcessRole[] = ["api", "deliver"]): Promise<Member | null> {
    const { loop, trace, bug } = this.parts;
    const life: Life = { isOver: false };
    const member: Member = { life, connection: new Connection(this.#disk(), life), app: null };
    this.members.add(member);
    loop.enter(life);
    try {
      const app = await this.#create(member, roles);
      // Retention's own timer would fill the time with its ticks.
      void app.retention.close();
      bug?.plantInProcess?.(app);
      member.app = app;
      trace.note("started", member.connection.processId);
      return member;
    } catch (error) {
      trace.note("not started", (error as Error).message);
      this.#end(member);
      return null;
    }
  }

  crash(member: Member): void {
    this.parts.trace.note("crash", member.connection.processId);
    this.crashes += 1;
    this.#end(member);
    this.check(() => this.ledger.audit());
  }

  #end(member: Member): void {
    member.life.isOver = true;
    this.members.delete(member);
    void member.connection.store.close();
  }

  /** Gives back what it has, and goes. */
  async close(member: Member): Promise<void> {
    const { app, life } = member;
    if (app === null || this.isStopped(member)) return;
    this.parts.trace.note("close", member.connection.processId);
    member.app = null;
    this.parts.loop.enter(life);
    await app.close();
    this.parts.trace.note("closed", member.connection.processId);
    this.members.delete(member);
    life.isOver = true;
  }

  /** SIGSTOP, and SIGCONT after so long. */
  stop(member: Member, forMs: number): void {
    const { loop, trace } = this.parts;
    if (this.isStopped(member)) return;
    trace.note("stop", member.connection.processId, Math.round(forMs));
    member.connection.disturbed(forMs);
    member.life.stoppedUntilMs = loop.nowMs + forMs;
  }

  isStopped({ life }: Member): boolean {
    return (life.stoppedUntilMs ?? 0) > this.parts.loop.nowMs;
  }

  cut(member: Member, forMs: number): void {
    const { loop, trace } = this.parts;
    trace.note("cut", member.connection.processId, Math.round(forMs));
    member.connection.disturbed(forMs);
    member.connection.cutUntilMs = loop.nowMs + forMs;
  }

  /** Where it throws, time stops, and the run fails. */
  check(assertion: () => void): void {
    try {
      assertion();
    } catch (error) {
      this.parts.loop.fail(error as Error);
    }
  }

  #create({ connection, life }: Member, roles: readonly ProcessRole[]): Promise<App> {
    return createApp({
      store: "memory",
      logger: quiet,
      allowAddresses: [],
      retentionAgeMs: 30 * dayMs,
      retentionBytesMax: null,
      attemptsAgeMs: 30 * dayMs,
      eventBytesMax: 65_536,
      // So small that a lane that is behind reads pages, and a shard that joins, too.
      tailBytesMax: 8_192,
      capacity: { perProcess: 48, perTenant: 24, perOrigin: 48 },
      shutdownGraceMs: graceMs,
      adminKey: false,
      roles,
      machine: {
        clock: this.#clock(),
        random: this.#random(),
        sender: this.#sender(life, connection),
        store: connection.store,
      },
    });
  }

  #disk(): ClusterDiskParts {
    const { loop, fraction, bug } = this.parts;
    return {
      loop,
      fraction,
      data: this.data,
      isCalm: () => this.isCalm,
      writing: (write) => this.#writing(write),
      releasing: (leases, by) => {
        if (by.disturbedUntilMs > this.parts.loop.nowMs) return;
        this.check(() => this.ledger.releasing(leases, graceMs));
      },
      roundMade: () => this.ledger.roundMade(),
      ...(bug?.misreads !== undefined && { misreads: bug.misreads }),
    };
  }

  #writing({ leases, processId, batch }: FencedWrite): () => void {
    const mayWrite = this.ledger.mayWrite(leases, processId);
    if (mayWrite && batch !== null) this.check(() => this.ledger.journalling(batch));
    return () => {
      const fences = leases.map(({ shard, fence }) => `${shard}: ${fence}`);
      this.check(() => assert.ok(mayWrite, `${processId} writes under fences that are not its own: ${fences}`));
      if (batch === null) return;
      const { dispatched, attempts, lanes } = batch;
      this.parts.trace.note("commit", processId.slice(-4), dispatched.length, attempts.length, lanes.length);
      this.#commits += 1;
      if (this.#commits % commitsBetweenAudits === 0) this.check(() => this.ledger.audit());
    };
  }

  #sender(life: Life, connection: Connection): Sender {
    const { loop, trace, fraction } = this.parts;
    let inFlight = 0;
    const send = async (request: SendRequest): Promise<AttemptResult> => {
      const number = Number(/\/endpoints\/(\d+)$/.exec(request.url)?.[1]);
      const { id } = JSON.parse(Buffer.from(request.body).toString("utf8"));
      const { receiver, tenant } = this.ledger.endpoint(number);
      const position = this.data.positionsById.get(`${tenant} ${id}`) ?? 0;
      const trigger = this.#trigger(connection, number, position);
      trace.note("send", connection.processId.slice(-4), number, position, trigger);
      let ended: (isDelivered: boolean) => void = () => {};
      this.check(() => {
        ended = this.ledger.sent(number, position, { processId: connection.processId, trigger });
      });
      const { result, durationMs } = answerOf(receiver, position, { nowMs: loop.nowMs, fraction });
      const isDelivered = result.errorClass === null;
      if (isDelivered) this.ledger.taken(number, position);
      inFlight += 1;
      loop.isBusy = true;
      await new Promise<void>((resolve) => loop.plan(life, Math.min(durationMs, request.timeoutMs), resolve));
      inFlight -= 1;
      if (inFlight === 0) loop.isBusy = false;
      ended(isDelivered);
      return result;
    };
    return { send, abortAll: () => {}, close: async () => {} };
  }

  #trigger({ processId }: Connection, number: number, position: number): string {
    for (const { app, connection } of this.members) {
      if (connection.processId !== processId) continue;
      const lane = app?.dispatcher.lanes.get(number)?.lane;
      return (lane?.flights.get(position) ?? lane?.manuals.get(position))?.trigger ?? "unknown";
    }
    return "unknown";
  }

  #clock(): Clock {
    const { loop } = this.parts;
    return { wallMs: () => Math.floor(loop.nowMs), steadyMs: () => Math.floor(loop.nowMs) };
  }

  #random(): Random {
    const { fraction } = this.parts;
    return { fraction, bytes: (count) => new Uint8Array(count).map(() => Math.floor(256 * fraction())) };
  }
}
