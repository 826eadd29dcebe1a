/**
 * `kill -9` of the server at random, while many write and many read, each reader with its own cursor, selection and form
 * of the feed: each sees every event of its selection once, in the order of the log, and nothing else.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { adminKey, type ServerProcess, startServerProcess } from "./a-server-process.ts";

const kills = Number(process.env.TEST_KILL_CYCLES ?? 12);
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
const writers = 4;
const tenants = ["default", "acme"];
const types = ["order.paid", "order.sent", "user.added"];

interface FeedEvent {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly subject: string;
  readonly cursor: string;
  readonly data: { readonly writer: number; readonly n: number };
}

/** Numbers in [0, 1) that the seed decides (a linear congruential generator of Numerical Recipes). */
function chance(): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A server that dies and comes again on the same folder, at another address. */
interface Mortal {
  server: ServerProcess;
}

/** Publishes 1, 2, 3 … one after another, each until it is acknowledged; answers how many were. */
async function write(mortal: Mortal, writer: number, isOver: () => boolean): Promise<number> {
  let n = 0;
  while (!isOver()) {
    const event = {
      id: `w${writer}-${n + 1}`,
      tenant: tenants[writer % tenants.length],
      type: types[n % types.length],
      subject: `s${n % 5}`,
      data: { writer, n: n + 1 },
    };
    const answer = await mortal.server.call("POST", "/v1/events", event).catch(() => null);
    if (answer !== null && answer.status < 300) n += 1;
    else await pause(20);
  }
  return n;
}

interface Asking {
  readonly name: string;
  /** The selection, as parameters and as a rule of its own. */
  readonly query: string;
  readonly takes: (event: FeedEvent) => boolean;
  /** Reads on from a cursor, and hands over what has wholly come, with the cursor behind it. */
  readonly read: (ask: Ask, see: See) => Promise<void>;
}

type Ask = (more: string, headers?: Record<string, string>) => Promise<Response>;
type See = (cursor: string, event?: FeedEvent) => void;

async function readPage(ask: Ask, see: See): Promise<void> {
  const response = await ask("wait=1&limit=3");
  assert.equal(response.status, 200);
  const page = (await response.json()) as { data: FeedEvent[]; next_cursor: string };
  for (const event of page.data) see(event.cursor, event);
  see(page.next_cursor);
}

/** The parts of a body that have wholly come, one after another. */
async function* partsOf(response: Response, end: string): AsyncGenerator<string> {
  assert.equal(response.status, 200);
  let text = "";
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const parts = (text + piece).split(end);
    text = parts.pop() ?? "";
    yield* parts;
  }
}

async function readLines(ask: Ask, see: See): Promise<void> {
  const response = await ask("follow=true", { accept: "application/x-ndjson" });
  for await (const line of partsOf(response, "\n")) {
    if (line === "") continue;
    const event = JSON.parse(line) as FeedEvent;
    see(event.cursor, event);
  }
}

async function readStream(ask: Ask, see: See): Promise<void> {
  const response = await ask("", { accept: "text/event-stream" });
  for await (const block of partsOf(response, "\n\n")) {
    const cursor = /^id: (.+)$/m.exec(block)?.[1];
    const data = /^data: (.+)$/m.exec(block)?.[1];
    if (cursor !== undefined) see(cursor, data === undefined ? undefined : (JSON.parse(data) as FeedEvent));
  }
}

async function readBatch(ask: Ask, see: See): Promise<void> {
  const response = await ask("timeout=500&limit=4", { accept: "application/cloudevents-batch+json" });
  assert.equal(response.status, 200);
  const cursor = response.headers.get("trotline-next-cursor") ?? "";
  const batch = (await response.json()) as (Omit<FeedEvent, "tenant"> & { source: string })[];
  for (const event of batch) see(cursor, { ...event, tenant: event.source.slice("/tenants/".length) });
  see(cursor);
}

const all: readonly Asking[] = [
  { name: "everything", query: "", takes: () => true, read: readPage },
  { name: "types", query: "types=order.*", takes: ({ type }) => type.startsWith("order."), read: readPage },
  { name: "a subject", query: "subject=s3", takes: ({ subject }) => subject === "s3", read: readPage },
  {
    name: "a filter",
    query: `filter=${encodeURIComponent("data.n % 7 == 0")}`,
    takes: ({ data }) => data.n % 7 === 0,
    read: readPage,
  },
  { name: "lines", query: "types=user.*", takes: ({ type }) => type === "user.added", read: readLines },
  {
    name: "a stream",
    query: `filter=${encodeURIComponent('subject != "s0"')}`,
    takes: ({ subject }) => subject !== "s0",
    read: readStream,
  },
  { name: "a whole stream", query: "", takes: () => true, read: readStream },
  { name: "batches", query: "types=*.paid", takes: ({ type }) => type === "order.paid", read: readBatch },
];

/** A client that keeps its cursor, and comes back to wherever the server is. */
class Reader {
  readonly #mortal: Mortal;
  readonly #asking: Asking;
  readonly tenant: string;
  readonly seen: FeedEvent[] = [];
  cursor = "earliest";
  interruptions = 0;

  constructor(mortal: Mortal, asking: Asking, tenant: string) {
    this.#mortal = mortal;
    this.#asking = asking;
    this.tenant = tenant;
  }

  get name(): string {
    return `${this.#asking.name} of ${this.tenant}`;
  }

  takes(event: FeedEvent): boolean {
    return event.tenant === this.tenant && this.#asking.takes(event);
  }

  async run(signal: AbortSignal): Promise<void> {
    const ask: Ask = (more, headers = {}) => {
      const query = [`after=${this.cursor}`, `tenant=${this.tenant}`, this.#asking.query, more]
        .filter(Boolean)
        .join("&");
      return fetch(`${this.#mortal.server.url}/v1/events?${query}`, {
        headers: { authorization: `Bearer ${adminKey}`, ...headers },
        signal,
      });
    };
    const see: See = (cursor, event) => {
      if (event !== undefined) this.seen.push(event);
      this.cursor = cursor;
    };
    while (!signal.aborted) {
      try {
        await this.#asking.read(ask, see);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        this.interruptions += 1; // The server is dead, or has died in the middle of its answer.
        await pause(25);
      }
    }
  }
}

async function wholeLog(server: ServerProcess, tenant: string): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (let after = "earliest", isMore = true; isMore; ) {
    const { json } = await server.call("GET", `/v1/events?limit=1000&tenant=${tenant}&after=${after}`);
    const page = json as { data: FeedEvent[]; next_cursor: string; has_more: boolean };
    events.push(...page.data);
    [after, isMore] = [page.next_cursor, page.has_more];
  }
  return events;
}

it(`no reader of the feed skips, repeats or sees what is not its own in ${kills} kills of the server`, async (test) => {
  const folder = await mkdtemp(join(tmpdir(), "trotline-feed-kill-"));
  test.diagnostic(`TEST_SEED=${seed}`);
  const random = chance();
  const stopReading = new AbortController();
  let isOver = false;
  const mortal: Mortal = { server: await startServerProcess(folder, ["--tail-bytes", "1MiB"]) };
  try {
    const readers = tenants.flatMap((tenant) => all.map((asking) => new Reader(mortal, asking, tenant)));
    const reading = Promise.all(readers.map((reader) => reader.run(stopReading.signal)));
    reading.catch(() => {}); // It is awaited below.
    const writing = Promise.all(Array.from({ length: writers }, (_, writer) => write(mortal, writer, () => isOver)));
    for (let killed = 0; killed < kills; killed++) {
      await pause(100 + random() * 400);
      await mortal.server.kill();
      mortal.server = await startServerProcess(folder, ["--tail-bytes", "1MiB"]);
    }
    await pause(100);
    isOver = true;
    const acknowledged = await writing;
    const logs = new Map<string, FeedEvent[]>();
    for (const tenant of tenants) logs.set(tenant, await wholeLog(mortal.server, tenant));
    const whole = [...logs.values()].flat();
    for (const [writer, count] of acknowledged.entries()) {
      const numbers = whole.filter(({ data }) => data.writer === writer).map(({ data }) => data.n);
      assert.deepEqual(
        numbers.slice(0, count),
        Array.from({ length: count }, (_, index) => index + 1),
      );
      assert.ok(numbers.length - count <= 1, "stored once each, and the last perhaps without an answer");
    }
    const expected = (reader: Reader) => (logs.get(reader.tenant) ?? []).filter((event) => reader.takes(event));
    const isDone = () => readers.every((reader) => reader.seen.length >= expected(reader).length);
    await Promise.race([reading, eventually("everyone has seen everything", isDone, 30_000).catch(() => {})]);
    stopReading.abort();
    await reading;
    const idsOf = (events: readonly FeedEvent[]) => events.map(({ id, tenant }) => `${tenant} ${id}`);
    for (const reader of readers) assert.deepEqual(idsOf(reader.seen), idsOf(expected(reader)), reader.name);
    const cursors = new Map(whole.map(({ tenant, id, cursor }) => [`${tenant} ${id}`, cursor]));
    for (const event of readers.flatMap(({ seen }) => seen)) {
      if (event.cursor !== undefined) assert.equal(event.cursor, cursors.get(`${event.tenant} ${event.id}`));
    }
    const interruptions = readers.reduce((sum, reader) => sum + reader.interruptions, 0);
    assert.ok(whole.length > kills * writers && interruptions >= kills, `${whole.length} events`);
    test.diagnostic(`${whole.length} events, ${readers.length} readers interrupted ${interruptions} times`);
    assert.equal(await mortal.server.stop(), 0);
  } finally {
    isOver = true;
    stopReading.abort();
    await mortal.server.kill().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
});
