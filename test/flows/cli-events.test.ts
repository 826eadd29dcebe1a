/** `trotline events` and `trotline tail`: the log on a pipe, in a shell, on a terminal. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { adminKey, type ServerProcess, startServerProcess } from "../faults/a-server-process.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { aFolder, noTerminal, onTerminal, shell, trotline, trotlineEnded } from "./cli-run.ts";

async function publish(server: TestServer, ids: readonly string[], members: object = {}): Promise<void> {
  const body = ids.map((id) => anEvent({ id, ...members }));
  assert.equal((await server.ask("POST /v1/events", { body })).status, 201);
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, number) => `e${number}`);
const idsOf = (lines: readonly { id: string }[]): string[] => lines.map((line) => line.id);

it("on a pipe, each event is a line of JSON, byte for byte as it was published", async (context) => {
  const server = await aServer(context);
  const data = '{ "n": 12345678901234567890, "2": "\\u00e9", "1": 1.10 }';
  await server.ask("POST /v1/events", { raw: `{"id":"e","type":"a.b","data":${data}}` });
  await server.ask("POST /v1/events", { raw: '{"id":"lines","type":"a.b","data":{\n"a":1\n}}' });
  const { code, output, errors, lines } = await trotlineEnded(context, ["events"], { server });
  assert.deepEqual([code, errors], [0, ""]);
  assert.ok(output.split("\n")[0]?.includes(`"data":${data}`), output);
  assert.deepEqual(
    lines().map(({ id, type, data: { a } }) => [id, type, a]),
    [
      ["e", "a.b", undefined],
      ["lines", "a.b", 1],
    ],
  );
});

it("it goes through all pages, both ways, from any place, and ends at --limit", async (context) => {
  const server = await aServer(context);
  const ids = numbered(2500);
  for (const part of [ids.slice(0, 1000), ids.slice(1000, 2000), ids.slice(2000)]) await publish(server, part);
  const events = async (...args: string[]) => {
    const { code, errors, lines } = await trotlineEnded(context, ["events", ...args], { server });
    assert.deepEqual([code, errors], [0, ""], args.join(" "));
    return idsOf(lines());
  };
  assert.deepEqual(await events(), ids);
  assert.deepEqual(await events("--desc"), ids.toReversed());
  assert.deepEqual(await events("--after", "e2400"), ids.slice(2401));
  assert.deepEqual(await events("--after", "e2", "--desc"), ["e1", "e0"]);
  assert.deepEqual(await events("--limit", "1001"), ids.slice(0, 1001));
  assert.deepEqual(await events("--after", "latest"), []);
});

it("types, filter, subject, text, times and tenant choose", async (context) => {
  const server = await aServer(context);
  await publish(server, ["a"], { type: "order.paid", subject: "order/1", data: { total: 1 } });
  await publish(server, ["b"], { type: "order.sent", subject: "order/1", data: { total: 2 } });
  await publish(server, ["c"], { type: "invoice.paid", subject: "order/2", data: { total: 3 } });
  await publish(server, ["d"], { type: "user.made", tenant: "acme" });
  const cases: [args: string[], ids: string[]][] = [
    [
      ["--types", "order.*"],
      ["a", "b"],
    ],
    [
      ["--types", "order.paid,invoice.paid"],
      ["a", "c"],
    ],
    [
      ["--types", "order.paid", "--types", "invoice.paid"],
      ["a", "c"],
    ],
    [
      ["--filter", "data.total > 1"],
      ["b", "c"],
    ],
    [["--subject", "order/2"], ["c"]],
    [["--text", "ORDER/2"], ["c"]],
    [["--text", '"total":2', "--desc"], ["b"]],
    [["--since", "2199-01-01T00:00:00Z"], []],
    [["--until", "2020-01-31T00:00:00Z"], []],
    [["--tenant", "acme"], ["d"]],
  ];
  for (const [args, ids] of cases) {
    const { lines, errors } = await trotlineEnded(context, ["events", ...args], { server });
    assert.deepEqual([idsOf(lines()), errors], [ids, ""], args.join(" "));
  }
});

it("what the server refuses is its sentence, the code, and what to do", async (context) => {
  const server = await aServer(context);
  const filter = await trotlineEnded(context, ["events", "--filter", "data.total >"], { server });
  assert.equal(filter.code, 1);
  assert.match(filter.errors, /^trotline: .*\n {2}filter-invalid \(filter\): .+\n$/);
  const after = await trotlineEnded(context, ["events", "--after", "nowhere"], { server });
  assert.equal(after.code, 1);
  assert.match(after.errors, /^trotline: .*\n {2}(cursor-invalid|event-not-found)/);
});

it("a reader who has seen enough ends it quietly: `trotline events | head -1`", async (context) => {
  const server = await aServer(context);
  for (let part = 0; part < 5; part++) {
    const ids = numbered(1000).map((id) => `${part}-${id}`);
    await publish(server, ids, { data: "x".repeat(1000) });
  }
  const line = "{ trotline events; echo $? >&2; } | head -1";
  const run = shell(context, line, { server });
  assert.equal(await run.ended, 0);
  assert.deepEqual(idsOf(run.lines()), ["0-e0"]);
  assert.equal(run.errors(), "0\n");
});

it("an output that cannot be written is an error", { skip: !existsSync("/dev/full") }, async (context) => {
  const server = await aServer(context);
  await publish(server, ["a"]);
  const run = shell(context, "trotline events > /dev/full", { server });
  assert.equal(await run.ended, 1);
  assert.match(run.errors(), /^trotline: The output cannot be written: ENOSPC.*\n$/);
});

it("where retention has passed the place, it says where the log goes on", async (context) => {
  const problem = { code: "cursor-expired", detail: "It is gone.", resume: "AWs", lost: 7, retryable: false };
  const other = createServer((_request, response) => void response.writeHead(410).end(JSON.stringify(problem)));
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  context.after(() => void other.close());
  const server = { url: `http://127.0.0.1:${(other.address() as AddressInfo).port}` };
  for (const args of [["events"], ["events", "--follow"], ["consume", "work", "--exec", "true"]]) {
    const { code, errors } = await trotlineEnded(context, args, { server });
    assert.equal(code, 1);
    assert.match(
      errors,
      /^trotline: It is gone\.\n {2}cursor-expired: .+\n {2}The log goes on at AWs, without the 7 events/,
    );
  }
});

it("nothing is fetched that the reader of a pipe has no room for", async (context) => {
  const server = await aServer(context);
  const pages = 30;
  for (let page = 0; page < pages; page++) {
    const ids = numbered(100).map((id) => `${page}-${id}`);
    await publish(server, ids, { data: "x".repeat(10_000) });
  }
  const counting = await aProxy(context, server.url);
  const run = trotline(context, ["events"], { server: { url: counting.url, key: server.key } });
  run.process.stdout?.pause();
  await eventually("a page was fetched", () => counting.answers() > 0);
  // The program would be through in a fraction of this, if it did not wait.
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.ok(counting.answers() <= 3, `${counting.answers()} pages were fetched`);
  run.process.stdout?.resume();
  assert.equal(await run.ended, 0);
  assert.equal(run.lines().length, pages * 100);
});

for (const args of [["tail"], ["events", "--follow"]]) {
  it(`\`${args.join(" ")}\` goes on after a restart of the server, and misses nothing`, async (context) => {
    const folder = aFolder();
    let server = await startServerProcess(folder);
    context.after(() => server.kill());
    const { port } = new URL(server.url);
    if (args[0] === "events") await publishOne(server, "before");
    const run = trotline(context, args, { server: { url: server.url, key: adminKey } });
    await eventually("it waits", () => isWaiting(server), 15_000);
    await publishOne(server, "one");
    await eventually(`the first: ${run.errors()}`, () => run.lines().some(({ id }) => id === "one"));
    await server.kill();
    await eventually("it has noticed", () => run.errors().includes("Trying again"));
    server = await startServerProcess(folder, ["--port", port]);
    await publishOne(server, "two");
    await eventually(`the second: ${run.errors()}`, () => run.lines().some(({ id }) => id === "two"), 20_000);
    assert.deepEqual(idsOf(run.lines()), [...(args[0] === "events" ? ["before"] : []), "one", "two"]);
    run.process.kill("SIGINT");
    assert.equal(await run.ended, 130);
    assert.match(run.errors(), /^trotline: .*Trying again\.\n/);
  });
}

it("`events --follow` waits for a server that fails for long before it has reached the end of the log", async (context) => {
  const aPage = (id: string, has_more: boolean) => ({ data: [{ id }], next_cursor: `c-${id}`, has_more });
  const failuresMax = 9; // The others give up after 8.
  let failures = 0;
  const failing = createServer((incoming, response) => {
    const after = new URL(incoming.url ?? "", "http://failing").searchParams.get("after");
    if (after === null) response.end(JSON.stringify(aPage("one", true)));
    else if (failures === failuresMax) response.end(JSON.stringify(aPage("two", false)));
    else {
      failures += 1;
      const soon = new Date(Date.now() + 20).toISOString();
      response.writeHead(503, { "retry-after": soon }).end();
    }
  }).listen(0, "127.0.0.1");
  await once(failing, "listening");
  context.after(() => {
    failing.closeAllConnections();
    failing.close();
  });
  const url = `http://127.0.0.1:${(failing.address() as AddressInfo).port}`;
  const run = trotline(context, ["events", "--follow", "--limit", "2"], { server: { url } });
  assert.equal(await run.ended, 0, run.errors());
  assert.deepEqual(idsOf(run.lines()), ["one", "two"]);
});

it("SIGINT, SIGTERM and SIGHUP end what waits, at once and without a word", async (context) => {
  const server = await aServer(context);
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    const run = trotline(context, ["tail"], { server });
    await eventually("it waits", () => server.app.feed.waiting > 0);
    const startMs = performance.now();
    run.process.kill(signal);
    assert.equal(await run.ended, code);
    assert.ok(performance.now() - startMs < 3000);
    assert.equal(run.errors(), "");
    await eventually("its wait is forgotten", () => server.app.feed.waiting === 0);
  }
});

it("`tail --limit` ends by itself", async (context) => {
  const server = await aServer(context);
  await publish(server, ["before"]);
  const run = trotline(context, ["tail", "--limit", "2"], { server });
  await eventually("it waits", () => server.app.feed.waiting > 0);
  await publish(server, ["a", "b", "c"]);
  assert.equal(await run.ended, 0);
  assert.deepEqual(idsOf(run.lines()), ["a", "b"]);
});

it("on a terminal there is a table, in which data cannot give orders", { skip: noTerminal }, async (context) => {
  const server = await aServer(context);
  await publish(server, ["e"], { subject: "order/1", data: { text: "\u009b2J\u202e", long: "x".repeat(200) } });
  const table = onTerminal(context, ["events"], { server });
  assert.equal(await table.ended, 0);
  const [titles = "", row = ""] = table.output().split("\r\n");
  assert.match(titles, /ACCEPTED +ID +TYPE +SUBJECT +DATA/);
  assert.ok(titles.includes("\u001b[2m"), "titles are dim");
  assert.match(row, /^\d{4}-\d\d-\d\dT\S+Z +e +order\.paid +order\/1 +\{"text":.*…$/);
  assert.doesNotMatch(table.output(), /[\u009b\u202e]/);

  const plain = onTerminal(context, ["events"], { server, env: { NO_COLOR: "1" } });
  assert.equal(await plain.ended, 0);
  assert.ok(!plain.output().includes("\u001b"), JSON.stringify(plain.output()));

  const json = onTerminal(context, ["events", "--json"], { server });
  assert.equal(await json.ended, 0);
  assert.doesNotMatch(json.output(), /[\u009b\u202e]/);
  assert.equal(JSON.parse(json.output()).data.text, "\u009b2J\u202e");
});

async function publishOne(server: ServerProcess, id: string): Promise<void> {
  const { status } = await server.call("POST", "/v1/events", anEvent({ id }));
  assert.equal(status, 201);
}

async function isWaiting(server: ServerProcess): Promise<boolean> {
  const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } });
  return /^trotline_feed_waiting 1$/m.test(await response.text());
}

/** Hands requests on, and counts the answers. */
async function aProxy(context: Pick<TestContext, "after">, to: string): Promise<{ url: string; answers(): number }> {
  let answers = 0;
  const proxy = createServer((incoming, outgoing) => {
    const onwards = request(to + incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      answers += 1;
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onwards);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  context.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, answers: () => answers };
}
