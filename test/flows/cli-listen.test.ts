/** `trotline listen`: events of the server for code on this machine. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { verify } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import { readPayloads } from "../../demo/payloads.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { freePort } from "../../src/testing/free-port.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aBin } from "./a-bin.ts";
import { interrupted, listening, localCode, saidHeaders } from "./a-listener.ts";
import { served } from "./a-receiver.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { aSource, deliver, githubHeaders, sendRaw, sourceSecret } from "./a-source.ts";
import { aFolder, shell } from "./cli-run.ts";

async function publish(server: TestServer, ids: readonly string[], members: object = {}): Promise<void> {
  const body = ids.map((id) => anEvent({ id, ...members }));
  assert.equal((await server.ask("POST /v1/events", { body })).status, 201);
}

const fromStart = ["--from", "earliest"];
const idOf = (headers: readonly (readonly [string, string])[]) =>
  headers.find(([name]) => name.toLowerCase() === "webhook-id")?.[1];

describe("what was received", () => {
  it("reaches local code as GitHub sent it: every byte, so that its signature still fits", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await aSource(server.app);
    const payloads = (await readPayloads()).filter((_, index) => index % 4 === 0);
    for (const { data, type } of payloads) {
      await deliver(`${server.url}/in/gh`, { body: data, event: type.split(".")[1] ?? "" });
    }
    const limit = ["--limit", String(payloads.length)];
    const run = listening(context, ["--source", "gh", "--to", `${code.url}/hook`, ...fromStart, ...limit], { server });
    assert.equal(await run.ended, 0, run.errors());
    assert.equal(code.requests.length, payloads.length);
    for (const [index, { data }] of payloads.entries()) {
      const { body, headers, method, target } = code.requests[index] ?? assert.fail();
      assert.ok(body.equals(data), `payload ${index}`);
      assert.deepEqual([method, target], ["POST", "/hook"]);
      const signature = headers.find(([name]) => name.toLowerCase() === "x-hub-signature-256")?.[1] ?? "";
      assert.ok(await verify(sourceSecret, body.toString(), signature));
    }
    for (const line of run.lines()) {
      assert.partialDeepStrictEqual(line, { source: "gh", verified_by: "github", status: 200, trigger: "live" });
    }
  });

  const hostile: readonly (readonly [string, string | Uint8Array])[] = [
    ["spaces and line ends around JSON", ' {\r\n\t"a" : 1 }\n\n'],
    ["a byte order mark", '\ufeff{"a":1}'],
    ["a 20-digit number and a name twice", '{"n":12345678901234567890,"n":1.10}'],
    ["every byte", Uint8Array.from({ length: 256 }, (_, byte) => byte)],
    ["nothing", ""],
  ];

  it("is the same for bodies that JSON would change, headers that come twice, and paths and queries below", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await aSource(server.app, { name: "open", scheme: { unverified: true } });
    for (const [what, body] of hostile) {
      const bytes = Buffer.from(body).toString("latin1");
      const head = [
        "host: a",
        "connection: close, X-Hop",
        "X-Hop: 1",
        "x-B: caf\xe9",
        "X-A: 1",
        "x-b: 2",
        "X-A: 3",
        `content-length: ${bytes.length}`,
      ];
      const target = "/in/open/below/it%2f;x?a=%20b&c[]=1&a=2";
      const answer = await sendRaw(server.url, `POST ${target} HTTP/1.1\r\n${head.join("\r\n")}\r\n\r\n${bytes}`);
      assert.match(answer, /^HTTP\/1.1 200/, what);
    }
    const args = ["--source", "open", "--to", `${code.url}/hook/?own=1`, ...fromStart, "--limit", `${hostile.length}`];
    const run = listening(context, args, { server });
    assert.equal(await run.ended, 0, run.errors());
    for (const [index, [what, body]] of hostile.entries()) {
      const request = code.requests[index] ?? assert.fail(what);
      assert.ok(request.body.equals(Buffer.from(body)), what);
      assert.equal(request.target, "/hook/below/it%2f;x?own=1&a=%20b&c[]=1&a=2");
      assert.deepEqual(saidHeaders(request), [
        ["x-B", "caf\xe9"],
        ["X-A", "1"],
        ["x-b", "2"],
        ["X-A", "3"],
      ]);
    }
    assert.match(run.errors(), /`open` verifies nothing/);
    assert.equal(run.lines()[0].verified_by, null);
  });

  it("comes without what the server keeps to itself, which is said, and which --header puts back", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await aSource(server.app);
    for (const id of ["d1", "d2"]) {
      await deliver(`${server.url}/in/gh`, { id, headers: { authorization: "Bearer abc", cookie: "a=b" } });
    }
    const args = ["--source", "gh", "--to", code.url, ...fromStart, "--limit", "2"];
    const run = listening(context, [...args, "--header", "Authorization: Bearer local"], { server });
    assert.equal(await run.ended, 0, run.errors());
    assert.equal(run.errors().match(/the value of `cookie`: it is left out/g)?.length, 1);
    assert.doesNotMatch(run.errors(), /`authorization`/);
    const said = Object.fromEntries(code.requests[0]?.headers ?? []);
    assert.deepEqual([said.Authorization, said.cookie], ["Bearer local", undefined]);
  });

  it("is not sent where something between changed its bytes", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await aSource(server.app);
    await deliver(`${server.url}/in/gh`, { body: '{"a":1}' });
    const between = await served(context, async (request, response) => {
      const { headers } = request;
      const answer = await fetch(server.url + request.url, { headers: { authorization: headers.authorization ?? "" } });
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end((await answer.text()).replace('{\\"a\\":1}', '{\\"a\\": 1}'));
    });
    const run = listening(context, ["--source", "gh", "--to", code.url, ...fromStart], {
      server: { url: between, key: server.key },
    });
    assert.equal(await run.ended, 1);
    assert.match(run.errors(), /A body of 7 bytes was received, and 8 bytes came here\.\n {2}Something between/);
    assert.deepEqual(code.requests, []);
  });

  it("is missed where retention takes it in between, which is said", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await aSource(server.app);
    for (const body of ["[1]", "[2]"]) await deliver(`${server.url}/in/gh`, { body });
    let isFirst = true;
    const between = await served(context, async (request, response) => {
      const headers = { authorization: request.headers.authorization ?? "" };
      const isTaken = isFirst && request.url?.includes("/request");
      if (isTaken) isFirst = false;
      const url = isTaken ? "/v1/events/evt_gone/request" : request.url;
      const answer = await fetch(server.url + url, { headers });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    });
    const run = listening(context, ["--source", "gh", "--to", code.url, ...fromStart, "--limit", "2"], {
      server: { url: between, key: server.key },
    });
    assert.equal(await run.ended, 0, run.errors());
    assert.match(run.errors(), /Missed gh\.push evt_\S+: its request is not in the log any more\./);
    assert.deepEqual(
      code.requests.map(({ body }) => body.toString()),
      ["[2]"],
    );
  });

  it("comes with the host that --header names, once", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await publish(server, ["a"]);
    const args = ["--to", code.url, "--header", "host: shop.test", ...fromStart, "--limit", "1"];
    const run = listening(context, args, { server });
    assert.equal(await run.ended, 0, run.errors());
    const hosts = code.requests[0]?.headers.filter(([name]) => name.toLowerCase() === "host");
    assert.deepEqual(
      hosts?.map(([, value]) => value),
      ["shop.test"],
    );
  });

  it("cannot choose a path outside of that of --to", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await aSource(server.app, { name: "open", scheme: { unverified: true } });
    const head = "host: a\r\nconnection: close\r\ncontent-length: 0";
    await sendRaw(server.url, `POST /in/open/../%2e%2E/./admin HTTP/1.1\r\n${head}\r\n\r\n`);
    const args = ["--source", "open", "--to", `${code.url}/hook`, ...fromStart, "--limit", "1"];
    const run = listening(context, args, { server });
    assert.equal(await run.ended, 0, run.errors());
    assert.equal(code.requests[0]?.target, "/hook/admin");
  });
});

describe("what was published", () => {
  it("has the body and headers that an endpoint would get, signed with the secret that is printed", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    const receiver = await startTestReceiver();
    context.after(() => receiver.close());
    await server.ask("POST /v1/endpoints", { body: { url: receiver.url } });
    const raw = `{"id":"e","type":"a.b","subject":"it's \\"ü\\" \\u2028","version":"2","occurred_at":"2026-01-31T00:00:00.5Z",
      "data":{ "n": 12345678901234567890, "2": 1.10, "a": "\\ud83d\\ude00" }}`;
    assert.equal((await server.ask("POST /v1/events", { raw })).status, 201);
    const sent = await eventually("the endpoint's", () => receiver.requests[0]);
    const run = listening(context, ["--to", code.url, ...fromStart, "--limit", "1"], { server });
    assert.equal(await run.ended, 0, run.errors());
    const { body, headers } = code.requests[0] ?? assert.fail();
    assert.equal(body.toString(), sent.body.toString());
    const named = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
    const ofSignature = /^(webhook-(signature|timestamp)|connection|host)$/;
    const usual = (all: object) => Object.entries(all).filter(([name]) => !ofSignature.test(name));
    assert.deepEqual(Object.fromEntries(usual(named)), Object.fromEntries(usual(sent.headers)));
    const secret = /signed with (whsec_\S+)/.exec(run.errors())?.[1] ?? assert.fail(run.errors());
    new Webhook(secret).verify(body.toString(), named);
  });

  it("is signed with one secret from start to start, or with the one that is given and then not printed", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    const folder = aFolder();
    await publish(server, ["a"]);
    const args = ["--to", code.url, ...fromStart, "--limit", "1"];
    const secrets: (string | undefined)[] = [];
    for (let start = 0; start < 2; start++) {
      const run = listening(context, args, { server, folder });
      assert.equal(await run.ended, 0, run.errors());
      secrets.push(/signed with (\S+)/.exec(run.errors())?.[1]);
    }
    assert.ok(secrets[0] !== undefined && secrets[0] === secrets[1]);
    const path = join(folder, "trotline", "listen", "secret");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const own = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const run = listening(context, [...args, "--secret", own], { server, folder });
    assert.equal(await run.ended, 0, run.errors());
    assert.ok(!run.errors().includes(own) && !run.output().includes(own));
    const { body, headers } = code.requests[2] ?? assert.fail();
    const named = Object.fromEntries(headers);
    new Webhook(own).verify(body.toString(), named);
  });

  it("is chosen by types and filter", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await publish(server, ["other"], { type: "user.made" });
    await publish(server, ["small"], { data: { total: 1 } });
    await publish(server, ["a"], { data: { total: 5 } });
    const choice = ["--types", "order.*", "--filter", "data.total > 1"];
    const run = listening(context, [...choice, "--to", code.url, ...fromStart, "--limit", "1"], { server });
    assert.equal(await run.ended, 0, run.errors());
    assert.deepEqual(
      code.requests.map(({ headers }) => idOf(headers)),
      ["a"],
    );
  });
});

describe("local code", () => {
  it("that is not there is waited for, and said to be away once; then events come in their order", async (context) => {
    const server = await aServer(context);
    await publish(server, ["a", "b"]);
    const port = await freePort();
    const run = listening(context, ["--to", `http://localhost:${port}/`, ...fromStart, "--limit", "2"], { server });
    await eventually("two attempts", () => run.lines().length >= 2);
    const said = /Nothing listens at http:\/\/localhost:\d+\. order\.paid a is sent again until it is answered\./g;
    assert.equal(run.errors().match(said)?.length, 1);
    const ids: unknown[] = [];
    const late = createServer((request, response) => {
      ids.push(request.headers["webhook-id"]);
      response.end();
    }).listen(port);
    context.after(() => late.close());
    assert.equal(await run.ended, 0, run.errors());
    assert.deepEqual(ids, ["a", "b"]);
    const [first, second] = run.lines();
    assert.deepEqual([first.attempt, first.status, second.attempt], [1, null, 2]);
    assert.match(first.error, /Nothing listens/);
  });

  it("that hangs up gets the event again; with --retries it is given up, and said so", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await publish(server, ["bad", "good"]);
    code.answer((response, { headers }) => {
      if (idOf(headers) === "bad") response.destroy();
      else response.end();
    });
    const args = ["--to", code.url, ...fromStart, "--retries", "1", "--limit", "2"];
    const run = listening(context, args, { server });
    assert.equal(await run.ended, 0, run.errors());
    assert.deepEqual(
      code.requests.map(({ headers }) => idOf(headers)),
      ["bad", "bad", "good"],
    );
    assert.match(run.errors(), /hung up before it had answered[\s\S]*order\.paid bad is given up/);
  });

  it("that answers with an error, or too late, has had the event", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    await publish(server, ["broken", "late", "good"]);
    code.answer((response, { headers }) => {
      const id = idOf(headers);
      if (id === "broken") response.writeHead(500).end("no");
      else if (id === "good") response.writeHead(302, { location: "/elsewhere" }).end();
    });
    const args = ["--to", code.url, ...fromStart, "--timeout", "300ms", "--limit", "3"];
    const run = listening(context, args, { server });
    assert.equal(await run.ended, 0, run.errors());
    assert.deepEqual(
      run.lines().map(({ event_id, status, error }) => [event_id, status, error]),
      [
        ["broken", 500, null],
        ["late", null, "There was no answer within 300 ms."],
        ["good", 302, null],
      ],
    );
    assert.equal(code.requests.length, 3);
  });
});

describe("an answer of local code", () => {
  const broken: readonly (readonly [string, string, number, RegExp | null])[] = [
    ["with a head of 100 kB", `HTTP/1.1 200 OK\r\nx-a: ${"a".repeat(100_000)}\r\ncontent-length: 0\r\n\r\n`, 200, null],
    ["shorter than it says", "HTTP/1.1 201 OK\r\ncontent-length: 10\r\n\r\nabc", 201, /broke off: .* hung up/],
    [
      "that is no HTTP any more",
      "HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
      500,
      /is not HTTP: HPE_/,
    ],
    ["that speaks something else", "HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", 101, null],
    ["that has no end", "HTTP/1.1 202 OK\r\ncontent-length: 10\r\n\r\nabc", 202, /broke off: .* no end within 400 ms/],
  ];

  it("counts by its status, whatever becomes of the rest: nothing is sent twice", async (context) => {
    const server = await aServer(context);
    const bytes = new Map(broken.map(([what, answer], index) => [`e${index}`, { what, answer }]));
    const arrived: string[] = [];
    const local = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (head) => {
        const id = /webhook-id: (\S+)/.exec(head.toString())?.[1] ?? "";
        const { what = "", answer = "" } = bytes.get(id) ?? {};
        arrived.push(id);
        socket.write(answer);
        if (!/no end/.test(what)) socket.end();
      });
    }).listen(0, "127.0.0.1");
    await once(local, "listening");
    context.after(() => local.close());
    await publish(server, [...bytes.keys()]);
    const to = `http://127.0.0.1:${(local.address() as AddressInfo).port}/`;
    const args = ["--to", to, ...fromStart, "--timeout", "400ms", "--retries", "0", "--limit", String(broken.length)];
    const run = listening(context, args, { server });
    assert.equal(await run.ended, 0, run.errors());
    assert.deepEqual(arrived, [...bytes.keys()]);
    for (const [index, [what, , status, error]] of broken.entries()) {
      const line = run.lines()[index];
      assert.equal(line.status, status, what);
      if (error === null) assert.equal(line.error, null, what);
      else assert.match(line.error, error, what);
    }
  });
});

describe("the place", () => {
  it("is kept: the next start goes on behind what was answered, and another --to at the end", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    const folder = aFolder();
    await publish(server, ["old"]);
    const args = ["--to", `${code.url}/a`];
    const first = listening(context, args, { server, folder });
    await eventually("it keeps a place", async () => (await places(folder)).length === 1);
    await publish(server, ["a"]);
    await eventually("a came", () => first.lines().length === 1);
    await interrupted(first);
    assert.equal(await first.ended, 130);
    await publish(server, ["b", "c"]);
    const second = listening(context, [...args, "--limit", "2"], { server, folder });
    assert.equal(await second.ended, 0, second.errors());
    assert.match(second.errors(), /on from where it stopped at 20/);
    assert.deepEqual(
      code.requests.map(({ headers }) => idOf(headers)),
      ["a", "b", "c"],
    );
    const other = listening(context, ["--to", `${code.url}/b`], { server, folder });
    await eventually("it keeps a place of its own", async () => (await places(folder)).length === 2);
    await eventually("it says where it begins", () => /from latest on/.test(other.errors()));
    await interrupted(other);
  });

  it("that cannot be read is no reason to leave events out: it is refused, and --from replaces it", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    const folder = aFolder();
    await publish(server, ["a"]);
    const args = ["--to", code.url, "--limit", "1"];
    assert.equal(await listening(context, [...args, ...fromStart], { server, folder }).ended, 0);
    const [file = ""] = await places(folder);
    await writeFile(file, "{");
    const refused = listening(context, args, { server, folder });
    assert.equal(await refused.ended, 1);
    assert.match(refused.errors(), /holds no place to go on from\.\n {2}--from says where to begin/);
    assert.equal(await listening(context, [...args, ...fromStart], { server, folder }).ended, 0);
    assert.match(await readFile(file, "utf8"), /"cursor"/);
    const unwritable = listening(context, args, { server, folder: "/dev/null" });
    assert.equal(await unwritable.ended, 1);
    assert.match(unwritable.errors(), /cannot be kept: ENOTDIR/);
  });

  it("is on the server with --consumer, where what was answered is acknowledged", async (context) => {
    const server = await aServer(context);
    const code = await localCode(context);
    const folder = aFolder();
    await publish(server, ["a", "b", "c"]);
    const args = ["--to", code.url, "--consumer", "laptop", "--secret", `whsec_${Buffer.alloc(32).toString("base64")}`];
    const first = listening(context, [...args, ...fromStart, "--limit", "2"], { server, folder });
    assert.equal(await first.ended, 0, first.errors());
    const { body } = await server.ask("GET /v1/consumers/laptop");
    assert.deepEqual([body.lag_events, body.leased_until], [1, null]);
    const second = listening(context, [...args, "--limit", "1"], { server, folder });
    assert.equal(await second.ended, 0, second.errors());
    assert.deepEqual(
      code.requests.map(({ headers }) => idOf(headers)),
      ["a", "b", "c"],
    );
    assert.deepEqual(await places(folder), []);
  });

  async function places(folder: string): Promise<string[]> {
    const inner = join(folder, "trotline", "listen");
    const names = await readdir(inner).catch(() => []);
    return names.filter((name) => name.endsWith(".json")).map((name) => join(inner, name));
  }
});

it("--print shows what comes, sends nothing and keeps no place", async (context) => {
  const server = await aServer(context);
  const folder = aFolder();
  await aSource(server.app);
  await deliver(`${server.url}/in/gh/x?a=1`, { body: Buffer.from([0xff]), id: "d1" });
  await publish(server, ["a"], { data: [1] });
  const run = listening(context, ["--print", "--verbose", ...fromStart, "--limit", "2"], { server, folder });
  assert.equal(await run.ended, 0, run.errors());
  const [received, published] = run.lines();
  assert.partialDeepStrictEqual(received, { method: "POST", url: "/in/gh/x?a=1", status: null, duration_ms: null });
  assert.equal(received.request.body_base64, "/w==");
  assert.partialDeepStrictEqual(published, { event_id: "a", method: null, request: { body: "[1]" } });
  assert.deepEqual(await readdir(folder), []);
});

it("a line of JSON tells of each attempt, with --verbose also what was sent and answered", async (context) => {
  const server = await aServer(context);
  const code = await localCode(context);
  await aSource(server.app);
  await deliver(`${server.url}/in/gh`, { body: '{"a":1}', id: "d1", event: "issues" });
  code.answer((response) =>
    response
      .writeHead(
        201,
        [
          ["X-Twice", "1"],
          ["X-Twice", "2"],
        ].flat(),
      )
      .end("made"),
  );
  const run = listening(context, ["--to", `${code.url}/hook`, ...fromStart, "--limit", "1", "--verbose"], { server });
  assert.equal(await run.ended, 0, run.errors());
  const [line] = run.lines();
  const { at, cursor, event_id, duration_ms, request, response, ...rest } = line;
  assert.ok(!Number.isNaN(Date.parse(at)) && cursor !== "" && event_id.startsWith("evt_") && duration_ms >= 0);
  assert.deepEqual(rest, {
    type: "gh.issues",
    tenant: "default",
    source: "gh",
    verified_by: "github",
    trigger: "live",
    attempt: 1,
    method: "POST",
    url: `${code.url}/hook`,
    status: 201,
    error: null,
    request_bytes: 7,
    response_bytes: 4,
  });
  const sent = githubHeaders({ body: '{"a":1}', id: "d1", event: "issues" })["x-hub-signature-256"];
  assert.ok(
    request.headers.some(([name, value]: [string, string]) => name === "x-hub-signature-256" && value === sent),
  );
  assert.deepEqual([request.body, response.body, response.body_truncated], ['{"a":1}', "made", false]);
  assert.deepEqual(response.headers.slice(0, 2), [
    ["X-Twice", "1"],
    ["X-Twice", "2"],
  ]);
});

it("what cannot be meant is said before anything is asked; what the server does not have, after", async (context) => {
  const server = await aServer(context);
  for (const [args, code, text] of [
    [[], 2, /needs --to with a URL, or --print/],
    [["--to", "http://127.0.0.1:9/", "--print"], 2, /--print sends nothing/],
    [["--to", "http://a b/"], 2, /--to takes a URL/],
    [["--to", "http://x/", "--secret", "hunter2"], 2, /A secret is `whsec_`/],
    [["--to", "http://:hunter2@x/"], 2, /--to takes no user and password/],
    [["--to", "http://x/", "--header", "X: 日本"], 2, /--header: the value of `X` has characters that no header takes/],
    [["--to", "http://x/", "--header", "X Y: hunter2"], 2, /--header: `X Y` is no name of a header/],
    [["--to", "http://x/", "--header", "Content-Length: 5"], 2, /--header: `Content-Length` is said by the connection/],
    [["--to", "http://x/", "--source", "nobody"], 1, /nobody/],
    [["--to", "http://x/", "--filter", "data.("], 1, /filter-invalid/],
  ] as const) {
    const run = listening(context, args, { server });
    assert.equal(await run.ended, code, run.errors());
    assert.match(run.errors(), text);
    assert.ok(!run.errors().includes("hunter2"));
  }
});

it("requests of a bin come as they were, with what a source would hide, and in their order", async (context) => {
  const server = await aServer(context);
  const code = await localCode(context);
  const { id, url } = await aBin(server);
  const body = Buffer.from([0, 0xff, 0x1b, 0x0a]);
  await fetch(`${url}/below?x=1`, { method: "PUT", body, headers: { authorization: "Bearer abc", "x-a": "(hidden)" } });
  await fetch(url, { method: "DELETE" });
  const args = ["--bin", id, "--to", `${code.url}/hook`];
  const folder = aFolder();
  const run = listening(context, [...args, ...fromStart, "--limit", "2"], { server, folder });
  assert.equal(await run.ended, 0, run.errors());
  const [put, deleted] = code.requests;
  assert.deepEqual([put?.method, put?.target, put?.body], ["PUT", "/hook/below?x=1", body]);
  assert.deepEqual([deleted?.method, deleted?.target], ["DELETE", "/hook"]);
  const said = new Map(put?.headers);
  assert.deepEqual([said.get("authorization"), said.get("x-a")], ["Bearer abc", "(hidden)"]);
  assert.partialDeepStrictEqual(run.lines()[0], { type: "bin.received", source: "bin", verified_by: null });
  await fetch(url, { method: "POST", body: "later" });
  const again = listening(context, [...args, "--limit", "1"], { server, folder });
  assert.equal(await again.ended, 0, again.errors());
  assert.equal(code.requests[2]?.body.toString(), "later");
  const refused = listening(context, [...args, "--types", "a.*"], { server, folder });
  assert.deepEqual([await refused.ended, /--bin goes without --types/.test(refused.errors())], [2, true]);
});

it("the examples of docs/listen.md do what they say", async (context) => {
  const server = await aServer(context);
  const code = await localCode(context);
  const page = await readFile(new URL("../../docs/listen.md", import.meta.url), "utf8");
  const commands = [...page.matchAll(/```sh\n([^`]*)```/g)].map((match) => match[1] ?? "");
  assert.equal(commands.length, 3);
  const folder = aFolder();
  const lines = commands.join("\n").replaceAll("http://localhost:3000", code.url);
  const run = shell(context, `set -e; cd '${folder}'\n${lines}`, { server, env: { XDG_STATE_HOME: folder } });
  assert.equal(await run.ended, 0, run.errors());
  const [published, ...shown] = run.lines().filter(({ type }) => type !== undefined);
  assert.deepEqual(
    [published.type, shown.map(({ type }) => type)],
    ["order.paid", ["code.push", "order.paid", "code.push"]],
  );
  assert.deepEqual(
    code.requests.map(({ target }) => target),
    ["/hook", "/hook"],
  );
});
