/**
 * What a cluster is put under: publishers that go to whichever process answers and come again with the same ids until
 * it is acknowledged, readers of the feed that change processes with each page, and endpoints that count.
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import type { Cluster } from "./a-cluster.ts";

export interface PublishedEvent {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly data: unknown;
}

export interface LoadOptions {
  readonly publishers?: number;
  readonly batch?: number;
  readonly pauseMs?: number;
  readonly eventOf?: (number: number) => PublishedEvent;
  /** However long nobody takes events in a test, it is less. */
  readonly takenMsMax?: number;
}

const plainEvent = (number: number): PublishedEvent => ({ id: `e-${number}`, type: "cluster.test", data: number });

/** Publishes until it is stopped. What it began is acknowledged in the end: no event is stored that it does not know. */
export class Load {
  readonly acknowledged = new Set<string>();
  /** How many requests were not taken, by status; 0 where there was no answer. */
  readonly refusals = new Map<number, number>();
  readonly #cluster: Cluster;
  readonly #options: Required<LoadOptions>;
  #number = 0;
  #isOver = true;
  #publishing: Promise<void>[] = [];

  constructor(cluster: Cluster, options: LoadOptions = {}) {
    this.#cluster = cluster;
    this.#options = { publishers: 2, batch: 5, pauseMs: 20, eventOf: plainEvent, takenMsMax: 90_000, ...options };
  }

  start(): void {
    this.#isOver = false;
    this.#publishing = Array.from({ length: this.#options.publishers }, () => this.#publish());
    for (const publishing of this.#publishing) publishing.catch(() => {}); // `stop` tells.
  }

  /** Ends when everything that was begun is acknowledged. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#publishing);
  }

  /** So many more, and no others. */
  async run(count: number): Promise<void> {
    const enough = this.acknowledged.size + count;
    this.start();
    await eventually(`${count} are published`, () => this.acknowledged.size >= enough, 30_000);
    await this.stop();
  }

  async #publish(): Promise<void> {
    while (!this.#isOver) {
      const events = Array.from({ length: this.#options.batch }, () => this.#options.eventOf(++this.#number));
      const untilMs = Date.now() + this.#options.takenMsMax;
      while (!(await this.#isTaken(events))) {
        assert.ok(Date.now() < untilMs, `nobody takes events: ${JSON.stringify([...this.refusals])}`);
        await pause(20);
      }
      for (const { id } of events) this.acknowledged.add(id);
      await pause(this.#options.pauseMs);
    }
  }

  async #isTaken(events: readonly PublishedEvent[]): Promise<boolean> {
    const member = this.#cluster.next();
    if (member === null) return false;
    const status = await member.ask("POST", "/v1/events", events).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status >= 200 && status < 300) return true;
    this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
    assert.ok(status === 0 || status >= 500, `an event was refused with ${status}`);
    return false;
  }
}

export interface Receipt {
  readonly endpoint: string;
  readonly id: string;
  firstOkAtMs: number;
  ok: number;
  total: number;
}

/** What endpoints got, each at a path of its own. */
export class Endpoints {
  readonly names: readonly string[];
  readonly receiver: TestReceiver;
  readonly receipts = new Map<string, Receipt>();
  /** In the order of what came, by endpoint. */
  readonly history = new Map<string, { readonly id: string; readonly isTaken: boolean }[]>();
  refuses = (_receipt: Receipt): boolean => false;
  answerDelayMs = 0;

  constructor(names: readonly string[], receiver: TestReceiver) {
    this.names = names;
    this.receiver = receiver;
    for (const name of names) this.history.set(name, []);
    receiver.answer(({ headers, path, atMs }) => {
      const status = this.#received(path.slice(1), String(headers["webhook-id"]), atMs);
      const { answerDelayMs } = this;
      if (answerDelayMs === 0) return status;
      return { write: (response) => void setTimeout(() => response.writeHead(status).end(), answerDelayMs) };
    });
  }

  #received(endpoint: string, id: string, atMs: number): number {
    const receipt = this.receipt(endpoint, id);
    this.receipts.set(`${endpoint} ${id}`, receipt);
    receipt.total += 1;
    const isTaken = !this.refuses(receipt);
    this.history.get(endpoint)?.push({ id, isTaken });
    if (!isTaken) return 500;
    receipt.ok += 1;
    if (receipt.firstOkAtMs === 0) receipt.firstOkAtMs = atMs;
    return 200;
  }

  receipt(endpoint: string, id: string): Receipt {
    return this.receipts.get(`${endpoint} ${id}`) ?? { endpoint, id, firstOkAtMs: 0, ok: 0, total: 0 };
  }

  missing(ids: Iterable<string>): string[] {
    const pairs = [...ids].flatMap((id) => this.names.map((name) => this.receipt(name, id)));
    return pairs.filter(({ ok }) => ok === 0).map(({ endpoint, id }) => `${id} at ${endpoint}`);
  }

  /** Each of these was delivered to each endpoint. */
  async allDelivered(ids: Iterable<string>, timeoutMs = 60_000): Promise<void> {
    const all = [...ids];
    let missing = this.missing(all);
    for (const untilMs = Date.now() + timeoutMs; missing.length > 0 && Date.now() < untilMs; ) {
      await pause(50);
      missing = this.missing(all);
    }
    assert.deepEqual(missing.slice(0, 10), [], `${missing.length} deliveries of acknowledged events were lost`);
  }

  twice(): Receipt[] {
    return [...this.receipts.values()].filter(({ ok }) => ok > 1);
  }

  /** How often something was taken that had been taken before. */
  get duplicates(): number {
    return this.twice().reduce((sum, { ok }) => sum + ok - 1, 0);
  }

  get attempts(): number {
    return [...this.receipts.values()].reduce((sum, { total }) => sum + total, 0);
  }

  /** Nothing of a line was sent before everything that is before it in the log was taken. */
  assertOrdered(endpoint: string, log: readonly LoggedEvent[], lineOf: (event: LoggedEvent) => string): void {
    const lines = new Map<string, string[]>();
    const lineById = new Map<string, string>();
    for (const event of log) {
      const line = lineOf(event);
      lines.set(line, [...(lines.get(line) ?? []), event.id]);
      lineById.set(event.id, line);
    }
    const taken = new Map<string, number>();
    for (const { id, isTaken } of this.history.get(endpoint) ?? []) {
      const line = lineById.get(id) ?? "";
      const ids = lines.get(line) ?? [];
      const before = taken.get(line) ?? 0;
      const place = ids.indexOf(id);
      assert.ok(place <= before, `${id} was sent to ${endpoint} before ${ids[before]} of the same line was taken`);
      if (isTaken && place === before) taken.set(line, before + 1);
    }
  }
}

/** Each made at another process. */
export async function someEndpoints(
  context: TestContext,
  cluster: Cluster,
  settings: readonly Record<string, unknown>[],
): Promise<Endpoints> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const endpoints = new Endpoints(
    settings.map((_, index) => `e${index}`),
    receiver,
  );
  for (const [index, given] of settings.entries()) {
    const url = `${receiver.url}/${endpoints.names[index]}`;
    const body = { url, retry_delays_ms: Array.from({ length: 30 }, () => 100), ...given };
    // Once: another try would make another endpoint.
    const answer = await cluster.next()?.askPatiently("POST", "/v1/endpoints", body);
    assert.equal(answer?.status, 201, JSON.stringify(answer?.json));
  }
  return endpoints;
}

export interface LoggedEvent {
  readonly id: string;
  readonly subject?: string;
  readonly cursor: string;
}

/** Reads the feed from its beginning, each page at another process than the one before, with one cursor. */
export class FeedReader {
  readonly seen: LoggedEvent[] = [];
  readonly #cluster: Cluster;
  cursor = "earliest";
  /** What was answered that is no page, by code. */
  readonly refusals = new Map<string, number>();
  #isOver = false;
  #reading: Promise<void> | null = null;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  start(): void {
    this.#reading = this.#read();
  }

  /** Ends when it has read `ids`, or time is up. */
  async stop(ids: ReadonlySet<string>): Promise<void> {
    await eventually("the reader has seen everything", () => this.seen.length >= ids.size, 30_000).catch(() => {});
    this.#isOver = true;
    await this.#reading;
  }

  /** Each of these once, and nothing else. */
  assertRead(ids: ReadonlySet<string>): void {
    const seen = this.seen.map(({ id }) => id);
    const distinct = new Set(seen);
    assert.equal(distinct.size, seen.length, "the reader saw an event twice");
    assert.deepEqual([...ids].filter((id) => !distinct.has(id)).slice(0, 10), [], "the reader skipped events");
    assert.deepEqual(seen.filter((id) => !ids.has(id)).slice(0, 10), [], "the reader saw what nobody published");
  }

  async #read(): Promise<void> {
    while (!this.#isOver) {
      const member = this.#cluster.next();
      const answer = await member?.ask("GET", `/v1/events?after=${this.cursor}&wait=1&limit=50`).catch(() => null);
      if (answer?.status === 200) {
        this.seen.push(...answer.json.data);
        this.cursor = answer.json.next_cursor;
        continue;
      }
      const code = String(answer?.json?.code ?? "no answer");
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
      await pause(25);
    }
  }
}

/** The log as one process tells it. */
export async function wholeLog(cluster: Cluster): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for (let after = "earliest", isMore = true; isMore; ) {
    const { json } = await cluster.ask("GET", `/v1/events?limit=1000&after=${after}`);
    events.push(...json.data);
    [after, isMore] = [json.next_cursor, json.has_more];
  }
  return events;
}
