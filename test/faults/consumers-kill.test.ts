/**
 * `kill -9` of the server, and clients thrown away, between any two steps of reading as a consumer and in the middle of
 * each: every event is processed, in order within each holder of the lease, and what was acknowledged stays so.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { decodeCursor } from "../../src/core/cursor.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type ServerProcess, startServerProcess } from "./a-server-process.ts";

const kills = Number(process.env.TEST_KILL_CYCLES ?? 12);
const clientsLost = Math.ceil(kills / 2);
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
const leaseMs = 1000;
const pageLimit = 5;

interface Page {
  readonly data: readonly { readonly cursor: string; readonly data: number }[];
  readonly next_cursor: string;
  readonly lease: string;
}

/** Numbers in [0, 1) that the seed decides (a linear congruential generator of Numerical Recipes). */
function chance(): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const positionOf = (cursor: string): number => decodeCursor(cursor)?.position ?? Number.NaN;

/** A server that dies and comes again on the same folder. */
class Mortal {
  readonly #folder: string;
  server!: ServerProcess;
  deaths = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(): Promise<void> {
    this.server = await startServerProcess(this.#folder);
  }

  async die(): Promise<void> {
    this.deaths += 1;
    await this.server.kill();
    await this.start();
  }
}

/** Publishes 1, 2, 3 … one after another, each until it is stored: a number is also its position. */
async function publishInOrder(mortal: Mortal, isOver: () => boolean): Promise<number> {
  let number = 0;
  while (!isOver()) {
    const event = { id: `n${number + 1}`, type: "kill.test", data: number + 1 };
    const answer = await mortal.server.call("POST", "/v1/events", event).catch(() => null);
    if (answer !== null && answer.status < 300) number += 1;
    await new Promise((resolve) => setTimeout(resolve, 4)); // The pace of events, not a wait for anything.
  }
  return number;
}

/** A client of the consumer, with what outlives it: what was processed, and what was acknowledged. */
class Reader {
  readonly #mortal: Mortal;
  readonly #chance: () => number;
  #lease: string | null = null;
  readonly processed = new Set<number>();
  repeated = 0;
  clientsLost = 0;
  /** The furthest position that was answered as acknowledged, and that was asked for. */
  acknowledged = 0;
  asked = 0;

  constructor(mortal: Mortal, random: () => number) {
    this.#mortal = mortal;
    this.#chance = random;
  }

  /** Fetches, processes and acknowledges a page, unless something dies. */
  async round(): Promise<void> {
    const lease = this.#lease === null ? "" : `&lease=${this.#lease}`;
    const answer = await this.#dangerously("GET", `/events?limit=${pageLimit}&wait=1${lease}`);
    if (answer === null) return;
    if (answer.status === 409) return this.#refused(answer.json as { code: string });
    assert.equal(answer.status, 200, JSON.stringify(answer.json));
    const page = answer.json as Page;
    this.#lease = page.lease;
    this.#checkOrder(page);
    for (const event of page.data) {
      if (await this.#isLost()) return;
      if (this.processed.has(event.data)) this.repeated += 1;
      this.processed.add(event.data);
      if (this.#chance() < 0.3 && !(await this.#acknowledge(event.cursor))) return;
    }
    await this.#acknowledge(page.next_cursor);
  }

  /** What a new server, or any, says of the consumer. */
  async check(): Promise<void> {
    const { json } = await this.#mortal.server.call("GET", "/v1/consumers/work");
    const position = positionOf((json as { cursor: string }).cursor);
    assert.ok(position >= this.acknowledged, `${this.acknowledged} was acknowledged, and ${position} is known`);
    assert.ok(position <= this.asked, `${position} is known, and nobody acknowledged beyond ${this.asked}`);
  }

  #checkOrder({ data }: Page): void {
    const [first] = data;
    if (first === undefined) return;
    assert.deepEqual(
      data.map((event) => event.data),
      data.map((_, index) => first.data + index),
    );
    assert.ok(first.data > this.acknowledged, `${first.data} was acknowledged and came again`);
    for (let number = 1; number < first.data; number++) assert.ok(this.processed.has(number), `${number} was skipped`);
  }

  async #acknowledge(cursor: string): Promise<boolean> {
    if (await this.#isLost()) return false;
    this.asked = Math.max(this.asked, positionOf(cursor));
    const answer = await this.#dangerously("POST", "/ack", { cursor, lease: this.#lease });
    if (answer?.status === 200) this.acknowledged = Math.max(this.acknowledged, positionOf(cursor));
    else if (answer !== null) this.#refused(answer.json as { code: string });
    return answer?.status === 200;
  }

  #refused({ code }: { code: string }): void {
    assert.ok(code === "lease-held" || code === "lease-stale", code);
    this.#lease = null;
  }

  /** Between two steps: perhaps the client is thrown away (true), perhaps the server dies. */
  async #isLost(): Promise<boolean> {
    const fate = this.#chance();
    if (fate < 0.01 && this.clientsLost < clientsLost) {
      this.clientsLost += 1;
      this.#lease = null;
      return true;
    }
    if (fate > 0.98 && this.#mortal.deaths < kills) await this.#die();
    return false;
  }

  /** A request in whose middle the server may die; null where there is no answer. */
  async #dangerously(method: string, path: string, body?: unknown) {
    const answer = this.#mortal.server.call(method, `/v1/consumers/work${path}`, body).catch(() => null);
    if (this.#chance() > 0.97 && this.#mortal.deaths < kills) {
      await new Promise((resolve) => setTimeout(resolve, this.#chance() * 3));
      await this.#die();
    }
    return answer;
  }

  async #die(): Promise<void> {
    await this.#mortal.die();
    await this.check();
  }
}

it(`a consumer loses nothing in ${kills} kills of its server and ${clientsLost} of its client`, async (test) => {
  const folder = await mkdtemp(join(tmpdir(), "trotline-consumers-kill-"));
  test.diagnostic(`TEST_SEED=${seed}`);
  const mortal = new Mortal(folder);
  try {
    await mortal.start();
    const made = await mortal.server.call("PUT", "/v1/consumers/work", { lease_ms: leaseMs, from: "earliest" });
    assert.equal(made.status, 201);
    const reader = new Reader(mortal, chance());
    const hasSeenAll = () => mortal.deaths >= kills && reader.clientsLost >= clientsLost;
    const publishing = publishInOrder(mortal, hasSeenAll);
    await eventually("everything was killed", () => reader.round().then(hasSeenAll), 180_000);
    const published = await publishing;
    const isDone = () => reader.round().then(() => reader.acknowledged === published);
    await eventually("everything is acknowledged", isDone, 30_000);
    assert.equal(reader.processed.size, published);
    await mortal.die();
    await reader.check();
    assert.ok(published > kills * pageLimit, `only ${published} events were published`);
    test.diagnostic(`${published} events, 0 lost, ${reader.repeated} processed again`);
    assert.equal(await mortal.server.stop(), 0);
  } finally {
    await mortal.server.kill().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
});
