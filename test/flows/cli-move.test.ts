/** `trotline move`, as people run it: from the SQLite store of a server that was stopped to PostgreSQL, and on from there. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, it, type TestContext } from "node:test";
import { readPayloads } from "../../demo/payloads.ts";
import { type ErrorCode, errorCatalogue } from "../../src/core/errors.ts";
import { Database } from "../../src/log/postgres/database.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { silent } from "../conformance/store-kinds.ts";
import { fillStore, openFolder } from "../postgres/a-filled-store.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aProxy } from "../postgres/a-proxy.ts";
import { aConsumer, idsOf } from "./a-consumer.ts";
import { type Answer, aServer, type TestServer } from "./a-server.ts";
import { aSource, deliver } from "./a-source.ts";
import { aFolder, noTerminal, onTerminal, trotline, trotlineEnded } from "./cli-run.ts";

let postgresServer: PostgresServer;
let databases = 0;

before(async () => {
  postgresServer = await startPostgres();
});
after(() => postgresServer.remove());

const aDatabase = (): Promise<string> => postgresServer.createDatabase(`moved_${++databases}`);

const adminKey = "trot_test_key_of_both_servers";

/** The server of the tests does not wait for its disk. */
const moveArgs = (folder: string, url: string, ...more: string[]): string[] => [
  ...["move", "--from", `sqlite:${folder}`, "--to", url, "--store-durability", "trusted", ...more],
];

it("what ran on SQLite goes on where it was on PostgreSQL", async (context) => {
  const folder = aFolder();
  const url = await aDatabase();
  const receivers = await aReceiverEach(context, ["well", "failing", "strict", "paused", "replayed"]);
  const events = (await readPayloads()).map(({ type, data }, number) => ({ id: `gh_${number}`, type, data }));
  assert.ok(events.length > 300);
  const stop = stoppable(context);
  const before = await aServer(stop, { app: { store: { folder, bytesMax: null } } });
  const known = await workUntilHalf(before, receivers, events);
  await stop.now();

  const { code, errors, lines } = await trotlineEnded(context, moveArgs(folder, url));
  assert.deepEqual([code, errors], [0, ""]);
  assert.equal(lines().at(-1).step, "done");
  assert.equal(lines().find(({ step, table }) => step === "moved" && table === "events").rows_to, known.head);

  for (const receiver of Object.values(receivers)) receiver.answer(200);
  const server = await aServer(context, { app: { store: { url, durability: "trusted" }, adminKey: false } });
  // The key that the store had made on SQLite.
  const now: TestServer = { ...server, ask: (what, how) => server.ask(what, { key: before.key, ...how }) };
  await readersGoOn(now, known, events);
  await idsAreKnown(now, known);
  await lanesGoOn(now, { known, receivers, events });
});

it("on a pipe each step is a line of JSON, and the counts and hashes of both sides end them", async (context) => {
  const folder = aFolder();
  await fillStore(folder, 100);
  const { code, lines } = await trotlineEnded(context, moveArgs(folder, await aDatabase()));
  assert.equal(code, 0);
  for (const table of ["events", "attempts", "parked", "epochs", "idempotency"]) {
    const [copy, compare, moved] = lines().filter((line) => line.table === table);
    assert.deepEqual([copy.step, compare.step, moved.step], ["copy", "compare", "moved"], table);
    assert.ok(copy.done && copy.rows === copy.rows_total && copy.bytes > 0, JSON.stringify(copy));
    assert.ok(moved.rows_from === copy.rows && moved.rows_to === copy.rows, JSON.stringify(moved));
    assert.ok(moved.sha256_from === moved.sha256_to && /^[0-9a-f]{64}$/.test(moved.sha256_to), JSON.stringify(moved));
  }
  assert.deepEqual(lines().at(-1), { step: "done" });
});

it("on a terminal it says how far it is, and ends with a table", { skip: noTerminal }, async (context) => {
  const folder = aFolder();
  await fillStore(folder, 3000);
  const run = onTerminal(context, moveArgs(folder, await aDatabase()));
  assert.equal(await run.ended, 0, run.output());
  assert.match(run.output(), /copying \w+: \d+ of \d+ rows/);
  assert.match(run.output(), /TABLE +ROWS FROM +ROWS TO +SHA-256 FROM/);
  assert.match(run.output(), /^events +2998 +2998 +[0-9a-f]{16} +[0-9a-f]{16}/m);
});

it("a signal ends it in order, and the same command goes on", async (context) => {
  const folder = aFolder();
  const url = await aDatabase();
  await fillStore(folder, 5000);
  // Slow enough to be met in the middle.
  const proxy = await aProxy({ port: postgresServer.port });
  context.after(() => proxy.close());
  proxy.delay(25);
  const run = trotline(context, moveArgs(folder, proxy.through(url)));
  await eventually("it has begun with events", async () => /"table":"redeliveries"/.test(run.output()), 60_000);
  run.process.kill("SIGINT");
  assert.equal(await run.ended, 130, run.errors());
  assert.equal(run.errors(), "trotline: The move was interrupted; the same command goes on where it stopped.\n");
  assert.doesNotMatch(run.output(), /"step":"moved"/);
  const serve = ["serve", "--port", "0", "--store", url, "--store-durability", "trusted"];
  const server = await trotlineEnded(context, serve);
  assert.equal(server.code, 1);
  assert.match(
    server.errors,
    /A store is being moved here since .*, and not all of it has come\.\n {2}store-moving: Finish it/,
  );
  const { code, errors, lines } = await trotlineEnded(context, moveArgs(folder, url));
  assert.deepEqual([code, errors], [0, ""]);
  const [copy] = lines().filter((line) => line.table === "redeliveries");
  assert.deepEqual([copy.rows, copy.bytes], [copy.rows_total, 0], "what was there is not carried again");
});

it("the URL may come by the variable that servers have it from", async (context) => {
  const folder = aFolder();
  await fillStore(folder, 10);
  const env = { TROTLINE_STORE: await aDatabase() };
  const args = ["move", "--from", `sqlite:${join(folder, "trotline.db")}`, "--store-durability", "trusted"];
  assert.equal((await trotlineEnded(context, args, { env })).code, 0);
});

it("what cannot be moved is refused with a sentence, a code and what to do, and nothing is changed", async (context) => {
  const [folder, url] = [aFolder(), await aDatabase()];
  await fillStore(folder, 10);
  const other = async (make: (folder: string) => unknown): Promise<string> => {
    const made = aFolder();
    await make(made);
    return made;
  };
  const version = (number: number) => async (made: string) => {
    await (await openFolder(made)).close();
    const database = new DatabaseSync(join(made, "trotline.db"));
    database.exec(`PRAGMA user_version = ${number}`);
    database.close();
  };
  const full = await aDatabase();
  const few = await aDatabase();
  const admin = new Database({ url: few, logger: silent, connections: 1 });
  await admin.script("CREATE ROLE few LOGIN CONNECTION LIMIT 3; CREATE SCHEMA trotline AUTHORIZATION few");
  await admin.close();
  assert.equal((await trotlineEnded(context, moveArgs(folder, full))).code, 0);
  const another = aFolder();
  await fillStore(another, 10);
  const cases: [code: ErrorCode, args: string[], sentence: RegExp][] = [
    ["store-missing", moveArgs(join(folder, "none"), url), /none\/trotline\.db does not exist/],
    ["store-newer", moveArgs(await other(version(999)), url), /has schema 999/],
    ["store-outdated", moveArgs(await other(version(2)), url), /has schema 2; this version needs/],
    [
      "store-corrupt",
      moveArgs(await other((made) => writeFile(join(made, "trotline.db"), "no".repeat(9999))), url),
      /damaged/,
    ],
    [
      "store-missing",
      moveArgs(await other((made) => mkdir(join(made, "trotline.db"))), url),
      /trotline\.db is no file/,
    ],
    ["store-not-empty", moveArgs(folder, full), /moved to this database already, at 2/],
    ["store-not-empty", moveArgs(another, full), /something in it: events, attempts, endpoints, keys/],
    ["store-not-durable", ["move", "--from", `sqlite:${folder}`, "--to", url], /fsync = off/],
    [
      "store-unreachable",
      moveArgs(folder, "postgres://me:hunter2@127.0.0.1:1/x"),
      /127\.0\.0\.1:1\/x cannot be reached/,
    ],
    [
      "store-unreachable",
      moveArgs(folder, few.replace("postgres@", "few@")),
      /cannot be reached: too many connections for role "few"/,
    ],
    ["store-refused", moveArgs(folder, postgresServer.url("none")), /database "none" does not exist/],
    ["config-invalid-value", moveArgs(folder, "postgres://me:hunter2%@localhost/x"), /percent signs/],
  ];
  for (const [code, args, sentence] of cases) {
    const ended = await trotlineEnded(context, args);
    const [first = "", second = ""] = ended.errors.split("\n").filter((line) => !line.startsWith("{"));
    assert.equal(ended.code, 1, ended.errors);
    assert.match(first, sentence, args.join(" "));
    assert.equal(second, `  ${code}: ${errorCatalogue[code].advice}`, first);
    assert.ok(!ended.errors.includes("hunter2"));
  }
  const typed: [args: string[], sentence: RegExp][] = [
    [["move"], /`move` needs .*--from/],
    [["move", "--from", "sqlite:x"], /`move` needs --to, or the variable TROTLINE_STORE/],
    [moveArgs(folder, "mysql://me:hunter2@localhost/x"), /--to takes the URL of a database/],
    [["move", "--from", url, "--to", url], /--from takes sqlite:/],
    [[...moveArgs(folder, url), "--fast"], /no option --fast/],
  ];
  for (const [args, sentence] of typed) {
    const ended = await trotlineEnded(context, args);
    assert.equal(ended.code, 2, ended.errors);
    assert.match(ended.errors, sentence);
    assert.ok(!ended.errors.includes("hunter2"));
  }
  assert.equal((await trotlineEnded(context, moveArgs(folder, url))).code, 0, "it can be moved all the same");
});

it("what the store that was left goes on to give is another log's", async (context) => {
  const folder = aFolder();
  const url = await aDatabase();
  await fillStore(folder, 10);
  assert.equal((await trotlineEnded(context, moveArgs(folder, url))).code, 0);
  const left = await aServer(context, { app: { store: { folder, bytesMax: null }, adminKey } });
  const moved = await aServer(context, { app: { store: { url, durability: "trusted" }, adminKey } });
  const [ofLeft, ofMoved] = await Promise.all(
    [left, moved].map(async ({ ask }, number) => {
      const published = await ask("POST /v1/events", { body: { id: `later_${number}`, type: "a.b", data: {} } });
      return published.body.cursor;
    }),
  );
  assert.notEqual(ofLeft, ofMoved, "one position, two events");
  assert.equal((await moved.ask(`GET /v1/events?after=${ofMoved}`)).status, 200);
  const forked = await moved.ask(`GET /v1/events?after=${ofLeft}`);
  assert.deepEqual([forked.status, forked.body.code], [409, "cursor-forked"]);
  const resumed = await moved.ask(`GET /v1/events?after=${forked.body.resume}`);
  assert.deepEqual(idsOf(resumed), ["later_1"]);
});

it("neither store is moved while a server runs on it", async (context) => {
  const folder = aFolder();
  const url = await aDatabase();
  await fillStore(folder, 10);
  const stop = stoppable(context);
  await aServer(stop, { app: { store: { folder, bytesMax: null } } });
  const ofSqlite = await trotlineEnded(context, moveArgs(folder, url));
  assert.deepEqual([ofSqlite.code, /store-locked/.test(ofSqlite.errors)], [1, true], ofSqlite.errors);
  await stop.now();
  await aServer(stop, { app: { store: { url, durability: "trusted" } } });
  const ofPostgres = await trotlineEnded(context, moveArgs(folder, url));
  assert.deepEqual([ofPostgres.code, /store-locked/.test(ofPostgres.errors)], [1, true], ofPostgres.errors);
});

/** What is known of the server on SQLite when it is stopped. */
interface Known {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly cursor: string;
  readonly replay: string;
  readonly published: Answer;
  /** The body of `published`. */
  readonly body: object;
  /** Those of the endpoint that does well. */
  readonly attempts: readonly object[];
  /** What the failing endpoint was sent. */
  readonly failures: number;
  readonly head: number;
}

type Receivers = Readonly<Record<string, TestReceiver>>;
type Events = readonly { readonly id: string; readonly type: string; readonly data: Buffer }[];

const acknowledged = 120;
const strictFailsAt = 100;

async function workUntilHalf(server: TestServer, receivers: Receivers, events: Events): Promise<Known> {
  const { ask } = server;
  const make = async (name: string, more: object = {}): Promise<string> => {
    const made = await ask("POST /v1/endpoints", { body: { url: receivers[name]?.url, types: ["github.*"], ...more } });
    assert.equal(made.status, 201, made.text);
    return made.body.id;
  };
  receivers.failing?.answer(500);
  receivers.strict?.answer(({ headers }) => (headers["webhook-id"] === events[strictFailsAt]?.id ? 500 : 200));
  const slowly = { retry_delays_ms: [4000, 4000, 4000, 4000] };
  const endpoints = {
    well: await make("well"),
    failing: await make("failing", slowly),
    strict: await make("strict", { ordering: "strict", ...slowly }),
    paused: await make("paused"),
    replayed: await make("replayed", { types: ["none.such"] }),
  };
  const half = Math.floor(events.length / 2);
  await publish(server, events.slice(0, half));
  await eventually("half is delivered", () => receivers.paused?.requests.length === half);
  await ask(`POST /v1/endpoints/${endpoints.paused}/pause`);
  await publish(server, events.slice(half));
  await eventually("the rest is delivered", () => received(receivers.well).size === events.length);
  await eventually("it fails", async () => (await ask(`GET /v1/endpoints/${endpoints.failing}`)).body.parked > 0);
  await eventually("order waits", () => received(receivers.strict).has(`gh_${strictFailsAt}`));

  await ask(`POST /v1/endpoints/${endpoints.replayed}/pause`);
  const range = { from: "earliest", types: ["github.*"] };
  const replay = await ask(`POST /v1/endpoints/${endpoints.replayed}/replay`, { body: range });
  assert.equal(replay.status, 201, replay.text);

  const billing = aConsumer(server);
  await billing.put({ types: ["github.*"] });
  await billing.seek("earliest");
  const page = await billing.fetch(`limit=${acknowledged}`);
  assert.equal((await billing.ack(page.body.next_cursor, page.body.lease)).status, 200);

  await aSource(server.app);
  assert.equal((await deliver(`${server.url}/in/gh`, { id: "same" })).status, 200);
  const body = { type: "other.type", data: {} };
  const published = await ask("POST /v1/events", { body, headers: { "idempotency-key": "a key" } });
  assert.equal(published.status, 201);
  return {
    endpoints,
    cursor: (await ask("GET /v1/events?types=github.*&limit=50")).body.next_cursor,
    replay: replay.body.id,
    published,
    body,
    attempts: (await ask(`GET /v1/attempts?endpoint_id=${endpoints.well}&limit=1000`)).body.data,
    failures: receivers.failing?.requests.length ?? 0,
    head: server.app.store.events.bounds().head,
  };
}

async function readersGoOn(server: TestServer, known: Known, events: Events): Promise<void> {
  const rest: string[] = [];
  let cursor = known.cursor;
  for (let more = true; more; ) {
    const page = await server.ask(`GET /v1/events?types=github.*&after=${cursor}&limit=100`);
    assert.equal(page.status, 200, page.text);
    rest.push(...idsOf(page));
    cursor = page.body.next_cursor;
    more = page.body.has_more;
  }
  const ids = events.map(({ id }) => id);
  assert.deepEqual(rest, ids.slice(50), "the feed goes on behind the cursor");

  const billing = aConsumer(server);
  const page = await billing.fetch("limit=1000");
  assert.deepEqual(idsOf(page), ids.slice(acknowledged), "the consumer goes on behind what it acknowledged");
}

async function idsAreKnown({ ask, app, url }: TestServer, { published, body, head }: Known): Promise<void> {
  const again = await ask("POST /v1/events", { body, headers: { "idempotency-key": "a key" } });
  assert.deepEqual([again.status, again.body], [200, { ...published.body, duplicate: true }], "by its key alone");
  const other = await ask("POST /v1/events", { body: { ...body, data: 1 }, headers: { "idempotency-key": "a key" } });
  assert.equal(other.body.code, "idempotency-mismatch");
  const duplicate = await ask("POST /v1/events", { body: { ...body, id: published.body.id } });
  assert.equal(duplicate.body.duplicate, true, duplicate.text);
  assert.equal((await deliver(`${url}/in/gh`, { id: "same" })).status, 200);
  // An endpoint that recovers meanwhile is told of, in a tenant of its own.
  const { events } = await app.store.events.read({ after: head, limit: 1, bytesMax: 1024, tenant: "default" });
  assert.deepEqual(events, [], "a delivery that came before is no new event");
}

async function lanesGoOn(
  { ask }: TestServer,
  { known, receivers, events }: { known: Known; receivers: Receivers; events: Events },
): Promise<void> {
  const ids = events.map(({ id }) => id);
  const { failing, strict, paused, replayed, well } = receivers;
  await ask(`POST /v1/endpoints/${known.endpoints.paused}/resume`);
  await ask(`POST /v1/endpoints/${known.endpoints.replayed}/resume`);
  const isWhole = (receiver?: TestReceiver, from = 0) => received(receiver, from).size === ids.length;
  await eventually("what failed is sent", () => isWhole(failing, known.failures), 60_000);
  for (const receiver of [strict, paused, replayed])
    await eventually("the rest is sent", () => isWhole(receiver), 60_000);
  assert.equal((await ask(`GET /v1/replays/${known.replay}`)).body.matched, ids.length);
  const gotPaused = paused?.requests.map(({ headers }) => headers["webhook-id"]) ?? [];
  assert.deepEqual(gotPaused.toSorted(), ids.toSorted(), "the paused endpoint got each once");
  assert.deepEqual([...received(strict)], ids, "in order");
  const { data: attempts } = (await ask(`GET /v1/attempts?endpoint_id=${known.endpoints.well}&limit=1000`)).body;
  assert.ok(attempts.length === ids.length);
  assert.deepEqual(attempts, known.attempts);
  assert.equal(well?.requests.length, ids.length, "what was delivered before is not sent again");
  await eventually("nothing is parked", async () => {
    const shown = await Promise.all(Object.values(known.endpoints).map((id) => ask(`GET /v1/endpoints/${id}`)));
    return shown.every(({ body }) => body.parked === 0 && body.lag === 0);
  });
}

/** Ids in the order in which they first came. */
function received(receiver: TestReceiver | undefined, from = 0): Set<string> {
  return new Set(receiver?.requests.slice(from).map(({ headers }) => String(headers["webhook-id"])));
}

async function publish({ ask }: TestServer, events: Events): Promise<void> {
  for (let from = 0; from < events.length; from += 40) {
    const part = events.slice(from, from + 40);
    const raw = part.map(({ id, type, data }) => `{"id":"${id}","type":"${type}","data":${data}}`);
    assert.equal((await ask("POST /v1/events", { raw: `[${raw.join(",")}]` })).status, 201);
  }
}

async function aReceiverEach(context: TestContext, names: readonly string[]): Promise<Receivers> {
  const receivers = await Promise.all(names.map(async (name) => [name, await startTestReceiver()] as const));
  for (const [, receiver] of receivers) context.after(() => receiver.close());
  return Object.fromEntries(receivers);
}

/** What a test would do at its end, when it says so. */
function stoppable(context: TestContext) {
  const ends: (() => unknown)[] = [];
  const now = async (): Promise<void> => {
    for (const end of ends.splice(0)) await end();
  };
  context.after(now);
  return {
    now,
    after: ((end: () => unknown) => void ends.push(end)) as TestContext["after"],
  };
}
