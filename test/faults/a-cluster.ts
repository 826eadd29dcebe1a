/** Several server processes on one database, which a test can kill, stop, pause, and part from their database. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { aProxy, type NetworkProxy } from "../postgres/a-proxy.ts";
import { adminKey, type ServerProcess, startServerProcess } from "./a-server-process.ts";

/** A process that is paused takes connections and says nothing. */
const answerMsMax = 3000;
/** Of each process, where a test does not say otherwise: short, so that others take over soon. */
export const leaseMs = 2000;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
  readonly json: any;
}

export interface ClusterOptions {
  readonly url: string;
  readonly size?: number;
  readonly flags?: readonly string[];
  readonly lease?: string;
  /** Where the database listens: each process has a proxy of its own to there. */
  readonly proxyTo?: { readonly port: number };
}

/** The place of a process in the cluster: who is killed is started again here. */
export class Member {
  readonly #start: () => Promise<ServerProcess>;
  readonly proxy: NetworkProxy | null;
  #server: ServerProcess | null = null;
  #isPaused = false;

  constructor(start: () => Promise<ServerProcess>, proxy: NetworkProxy | null) {
    this.#start = start;
    this.proxy = proxy;
  }

  get server(): ServerProcess {
    assert.ok(this.#server !== null, "the process does not run");
    return this.#server;
  }

  get answers(): boolean {
    return this.#server !== null && !this.#isPaused;
  }

  async start(): Promise<void> {
    this.#server = await this.#start();
    this.#isPaused = false;
  }

  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.kill();
  }

  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null> {
    const { server } = this;
    this.#server = null;
    return server.stop();
  }

  pause(): void {
    this.#isPaused = true;
    process.kill(this.server.pid, "SIGSTOP");
  }

  goOn(): void {
    process.kill(this.server.pid, "SIGCONT");
    this.#isPaused = false;
  }

  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#ask([method, path, body], answerMsMax);
  }

  /** For as long as it takes to give up a database that says nothing. */
  askPatiently(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#ask([method, path, body], 30_000);
  }

  async #ask([method, path, body]: [string, string, unknown], msMax: number): Promise<Answer> {
    const response = await fetch(this.server.url + path, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(msMax),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : text };
  }

  /** The sum of a metric's series. */
  async metric(name: string): Promise<number> {
    const { json } = await this.ask("GET", "/metrics");
    const values = [...String(json).matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  }
}

export class Cluster {
  readonly members: readonly Member[];
  #next = 0;

  constructor(members: readonly Member[]) {
    this.members = members;
  }

  member(index: number): Member {
    const member = this.members[index];
    assert.ok(member !== undefined, `there is no process ${index}`);
    return member;
  }

  /** One after the other of those that answer; null where none does. */
  next(): Member | null {
    const answering = this.members.filter(({ answers }) => answers);
    this.#next += 1;
    return answering[this.#next % Math.max(1, answering.length)] ?? null;
  }

  /** Of whoever answers it first with something else than a failure of its own. */
  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return eventually(`${method} ${path} is answered`, async () => {
      const answer = await this.next()
        ?.ask(method, path, body)
        .catch(() => null);
      return answer != null && answer.status < 500 ? answer : undefined;
    });
  }

  async start(): Promise<void> {
    await Promise.all(this.members.map((member) => member.start()));
  }

  /** In order; each ends with 0. */
  async stop(): Promise<void> {
    const codes = await Promise.all(this.members.filter(({ answers }) => answers).map((member) => member.stop()));
    assert.ok(
      codes.every((code) => code === 0),
      `ended with ${codes.join(", ")}`,
    );
  }
}

/** Not started yet. Everything ends with the test. */
export async function aCluster(context: TestContext, options: ClusterOptions): Promise<Cluster> {
  const { url, size = 3, flags = [], lease = `${leaseMs}ms`, proxyTo } = options;
  const folder = await mkdtemp(join(tmpdir(), "trotline-cluster-"));
  const members: Member[] = [];
  for (let index = 0; index < size; index++) {
    const proxy = proxyTo === undefined ? null : await aProxy(proxyTo);
    const store = proxy === null ? url : proxy.through(url);
    const all = ["--store", store, "--store-durability", "trusted", "--store-lease", lease, ...flags];
    members.push(new Member(() => startServerProcess(folder, all), proxy));
  }
  context.after(async () => {
    await Promise.all(members.map((member) => member.kill()));
    await Promise.all(members.map(({ proxy }) => proxy?.close()));
    await rm(folder, { recursive: true, force: true });
  });
  return new Cluster(members);
}
