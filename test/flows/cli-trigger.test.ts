/** `trotline trigger`: what it sends, and what its report says of receivers that are right, naive, or broken. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { variantNames } from "../../src/inbound/simulate/variant.ts";
import { freePort } from "../../src/testing/free-port.ts";
import { aServer } from "./a-server.ts";
import { aSource, sourceSecret } from "./a-source.ts";
import { aFolder, noTerminal, onTerminal, shell, trotlineEnded } from "./cli-run.ts";

const secret = "0123456789abcdef0123456789abcdef";

async function aReceiver(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
}

/** Of a receiver that is gone. */
const anUnusedUrl = async (): Promise<string> => `http://127.0.0.1:${await freePort()}/`;

const trigger = (context: TestContext, args: readonly string[], options = {}) =>
  trotlineEnded(context, ["trigger", ...args], options);

interface Row {
  readonly variant: string;
  readonly outcome: string;
  readonly status: number | null;
  readonly why: string | null;
}

const outcomes = (rows: readonly Row[]) => Object.fromEntries(rows.map(({ variant, outcome }) => [variant, outcome]));

it("a request is GitHub's, with one of its own payloads, signed by the secret", async (context) => {
  const seen: { headers: Record<string, unknown>; body: Buffer }[] = [];
  const url = await aReceiver(context, async (request, response) => {
    seen.push({ headers: request.headers, body: Buffer.concat(await request.toArray()) });
    response.writeHead(204).end();
  });
  const run = await trigger(context, ["github", "pull_request.closed", "--to", url, "--secret", secret]);
  assert.equal(run.code, 0, run.errors);
  const [row] = run.lines();
  assert.deepEqual([row.variant, row.outcome, row.status, row.deadline_ms], ["genuine", "passed", 204, 10_000]);
  const [{ headers, body } = assert.fail()] = seen;
  assert.equal(headers["x-github-event"], "pull_request");
  assert.equal(headers["x-github-delivery"], row.delivery_id);
  assert.equal(JSON.parse(body.toString()).action, "closed");
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  assert.equal(headers["x-hub-signature-256"], signature);
});

it("a receiver that believes everything is told so, variant by variant", async (context) => {
  const url = await aReceiver(
    context,
    (request, response) => void request.resume().on("end", () => response.end("ok")),
  );
  const run = await trigger(context, ["slack", "--to", url, "--secret", secret, "--variant", "all"]);
  assert.equal(run.code, 1);
  const rows: Row[] = run.lines();
  assert.deepEqual(new Set(rows.map(({ variant }) => variant)), new Set(variantNames));
  assert.deepEqual(outcomes(rows), {
    handshake: "failed",
    genuine: "passed",
    duplicate: "passed",
    late: "passed",
    reordered: "passed",
    "bad-signature": "failed",
    truncated: "failed",
    stale: "failed",
    future: "failed",
  });
  assert.match(rows.find(({ variant }) => variant === "stale")?.why ?? "", /believes/);
  assert.ok(!run.output.includes(secret) && !run.errors.includes(secret));
});

it("a receiver that fails on what it has seen before is told that it will come again", async (context) => {
  const seen = new Set<unknown>();
  const url = await aReceiver(context, (request, response) => {
    const id = request.headers["x-github-delivery"];
    response.writeHead(seen.has(id) ? 500 : 200).end();
    seen.add(id);
  });
  const run = await trigger(context, ["github", "--to", url, "--secret", secret, "--variant", "duplicate"]);
  const rows: Row[] = run.lines();
  assert.equal(run.code, 1);
  assert.deepEqual(outcomes(rows), { genuine: "passed", duplicate: "failed" });
  assert.match(rows[1]?.why ?? "", /answered 500: the provider will send it again/);
});

it("a receiver that never answers fails within its provider's deadline, and one that is not there at once", async (context) => {
  const url = await aReceiver(context, () => {});
  const hangs = await trigger(context, ["github", "--to", url, "--secret", secret, "--timeout-ms", "200"]);
  assert.equal(hangs.code, 1);
  const [row] = hangs.lines();
  assert.deepEqual([row.outcome, row.status, row.why], ["failed", null, "There was no answer within 200 ms."]);
  const nobody = await trigger(context, ["github", "--to", await anUnusedUrl(), "--secret", secret]);
  assert.match(nobody.lines()[0].why, /could not be sent: ECONNREFUSED/);
});

it("an answer that has no end, or ends in the middle, is none", async (context) => {
  const url = await aReceiver(context, (_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write("x".repeat(100_000)), 5);
    response.on("close", () => clearInterval(drip));
  });
  const endless = await trigger(context, ["github", "--to", url, "--secret", secret, "--timeout-ms", "300"]);
  assert.deepEqual([endless.code, endless.lines()[0].why], [1, "There was no answer within 300 ms."]);
  const cutting = await aReceiver(context, (_request, response) => {
    response.writeHead(200, { "content-length": "10" }).write("x", () => response.destroy());
  });
  const cut = await trigger(context, ["github", "--to", cutting, "--secret", secret]);
  assert.deepEqual([cut.code, cut.lines()[0].why], [1, "The answer ended in the middle."]);
});

it("an answer that is no HTTP, or leaves it, does not end the report without a word", async (context) => {
  for (const [answer, why] of [
    ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", /switched to another protocol/],
    ["HTTP/1.1 200 OK\r\nx\r\n\r\n", /not HTTP: HPE_/],
  ] as const) {
    const url = await aReceiver(context, ({ socket }) => void socket.end(answer));
    const run = await trigger(context, ["slack", "--to", url, "--secret", secret, "--variant", "handshake,genuine"]);
    const rows: Row[] = run.lines();
    assert.deepEqual([run.code, outcomes(rows)], [1, { handshake: "failed", genuine: "failed" }]);
    for (const row of rows) assert.match(row.why ?? "", why);
  }
});

it("an answer that redirects is not one, and is not followed", async (context) => {
  const asked: (string | undefined)[] = [];
  const url = await aReceiver(context, (request, response) => {
    asked.push(request.url);
    response.writeHead(302, { location: "/elsewhere" }).end();
  });
  const run = await trigger(context, ["github", "--to", url, "--secret", secret]);
  assert.deepEqual([run.code, run.lines()[0].status, asked], [1, 302, ["/hooks"]]);
});

it("a source says URL, scheme and secret by itself; what does not fit the scheme is skipped with its reason", async (context) => {
  const server = await aServer(context);
  await aSource(server.app);
  const run = await trigger(context, ["--source", "gh", "issues", "--variant", "all"], { server });
  assert.equal(run.code, 0, run.output + run.errors);
  const rows: Row[] = run.lines();
  const skipped = rows.filter(({ outcome }) => outcome === "skipped");
  assert.deepEqual(
    skipped.map(({ variant }) => variant),
    ["handshake", "late", "reordered", "stale", "future"],
  );
  assert.ok(skipped.every(({ why }) => (why ?? "").length > 0));
  assert.ok(!run.output.includes(sourceSecret));
  const { body } = await server.ask("GET /v1/events?types=gh.issues");
  assert.deepEqual([body.data.length, body.data[0].data.issue !== undefined], [1, true]);
  const other = await trigger(context, ["stripe", "--source", "gh"], { server });
  assert.deepEqual([other.code, /scheme is `github`/.test(other.errors)], [2, true]);
});

it("a source with a scheme of its own is triggered too", async (context) => {
  const server = await aServer(context);
  const custom = { signature: { place: "header:x-own" }, type: "body:type" };
  const made = await server.ask("POST /v1/sources", { body: { name: "own", scheme: { custom }, secret } });
  assert.equal(made.status, 201, made.text);
  const run = await trigger(context, ["--source", "own", "--variant", "genuine,bad-signature,truncated"], { server });
  assert.equal(run.code, 0, run.output + run.errors);
  assert.deepEqual(outcomes(run.lines()), { genuine: "passed", "bad-signature": "passed", truncated: "passed" });
  const named = await trigger(context, ["--source", "own", "order.paid"], { server });
  assert.equal(named.code, 0, named.output + named.errors);
  const { body } = await server.ask("GET /v1/events?types=own.order.paid");
  assert.equal(body.data.length, 1);
});

it("a pair of keys is made once, kept from others, and shown only by its public half", async (context) => {
  const server = await aServer(context);
  const file = join(aFolder(), "pair.json");
  const url = `${server.url}/in/dc`;
  const args = ["discord", "--to", url, "--signing-key-file", file];
  const first = await trigger(context, args);
  assert.equal(first.code, 1); // Nobody knows the key yet.
  const { public_key: publicKey, signing_key: privateKey } = JSON.parse(await readFile(file, "utf8"));
  assert.match(first.errors, new RegExp(publicKey));
  assert.ok(!first.errors.includes(privateKey) && !first.output.includes(privateKey));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await aSource(server.app, { name: "dc", scheme: { preset: "discord", settings: {} }, secret: { value: publicKey } });
  const again = await trigger(context, [...args, "--variant", "all"]);
  assert.equal(again.code, 0, again.output + again.errors);
});

it("a body of one's own is sent as it is, where nothing has to be put into it", async (context) => {
  const bodies: Buffer[] = [];
  const url = await aReceiver(context, async (request, response) => {
    bodies.push(Buffer.concat(await request.toArray()));
    response.end();
  });
  const file = join(aFolder(), "body.json");
  await writeFile(file, Buffer.from('{ "n": 12345678901234567890, "s": "\xff" }\n', "latin1"));
  const run = await trigger(context, ["github", "deployment", "--to", url, "--secret", secret, "--data", file]);
  assert.equal(run.code, 0, run.errors);
  assert.deepEqual(bodies, [await readFile(file)]);
});

it("a body that never ends is refused, and not read", async (context) => {
  const { code, errors } = await trigger(context, [
    "github",
    "--to",
    "http://127.0.0.1:9/",
    "--secret",
    secret,
    "--data",
    "/dev/zero",
  ]);
  assert.equal(code, 2);
  assert.match(errors, /--data \/dev\/zero is not a file/);
});

it("a file for keys that is no file, or cannot be made, is refused, and not read", async (context) => {
  for (const [path, why] of [
    ["/dev/zero", /cannot be used: it is not a file/],
    [join(aFolder(), "missing", "pair.json"), /cannot be used: ENOENT/],
  ] as const) {
    const run = await trigger(context, ["discord", "--to", await anUnusedUrl(), "--signing-key-file", path]);
    assert.equal(run.code, 1);
    assert.match(run.errors, why);
  }
});

it("what cannot be meant is said before anything is sent", async (context) => {
  for (const [args, text] of [
    [["githbu", "--to", "http://127.0.0.1:9/"], /Did you mean `github`/],
    [["github", "--to", "http://127.0.0.1:9/"], /--secret/],
    [["github", "--secret", secret], /--to/],
    [["github", "--to", "ftp://x/", "--secret", secret], /--to takes/],
    [["stripe", "invoice.piad", "--to", "http://127.0.0.1:9/", "--secret", secret], /Did you mean `invoice.paid`/],
    [["github", "--to", "http://127.0.0.1:9/", "--secret", secret, "--variant", "odd"], /no variant `odd`/],
    [["websub", "--to", "http://127.0.0.1:9/", "--secret", secret], /--setting topic=/],
    [["discord", "--to", "http://127.0.0.1:9/", "--secret", secret], /--signing-key-file/],
    [["token", "--to", "http://127.0.0.1:9/", "--secret", secret, "--setting", "plce=x"], /Did you mean `place`/],
    [
      ["generic-hmac-sha256", "--to", "http://127.0.0.1:9/", "--setting", "header=a b"],
      /--setting: It names no header/,
    ],
    [["github", "--to", "http://127.0.0.1:9/a b", "--secret", secret], /--to takes/],
    [["standard-webhooks", "--to", "http://127.0.0.1:9/", "--secret", "whsec_?"], /cannot be a secret/],
    [[], /needs a scheme/],
  ] as const) {
    const refused = await trigger(context, args);
    assert.equal(refused.code, 2, refused.errors);
    assert.match(refused.errors, text);
  }
});

it("schemes and their events are listed", async (context) => {
  const all = (await trigger(context, ["--list"])).lines();
  assert.ok(all.length > 40 && all.every(({ events }) => events.length > 0));
  const [one] = (await trigger(context, ["github", "--list"])).lines();
  assert.deepEqual([one.scheme, one.events.includes("push")], ["github", true]);
});

it("a terminal shows a table, and how much was survived", { skip: noTerminal }, async (context) => {
  const server = await aServer(context);
  await aSource(server.app);
  const run = onTerminal(context, ["trigger", "--source", "gh", "--variant", "all"], { server });
  assert.equal(await run.ended, 0, run.output());
  assert.match(run.output(), /VARIANT +OUTCOME[\s\S]*bad-signature +passed +4xx +401/);
  assert.match(run.output(), /survived 4 of 4\. 5 cannot be/);
});

it("a terminal that is narrow says why a receiver failed all the same", { skip: noTerminal }, async (context) => {
  const url = await aReceiver(context, (request, response) => void request.resume().on("end", () => response.end()));
  const run = onTerminal(context, ["trigger", "slack", "--to", url, "--secret", secret, "--variant", "all"]);
  assert.equal(await run.ended, 1, run.output());
  assert.match(run.output(), /bad-signature: It was answered 200: the receiver believes what nobody signed so\./);
  const rows = run
    .output()
    .split("\n")
    .filter((line) => /^[a-z-]+ +(passed|failed)/.test(line));
  assert.equal(new Set(rows.map((line) => /passed|failed/.exec(line)?.index)).size, 1, run.output());
});

it("the examples of docs/trigger.md do what they say", async (context) => {
  const server = await aServer(context);
  const url = await aReceiver(context, (request, response) => void request.resume().on("end", () => response.end()));
  const page = await readFile(new URL("../../docs/trigger.md", import.meta.url), "utf8");
  const commands = [...page.matchAll(/```sh\n([^`]*)```/g)].map((match) => match[1] ?? "");
  assert.equal(commands.length, 3);
  const folder = aFolder();
  const lines = commands.join("\n").replaceAll("http://127.0.0.1:3000/hooks", url);
  const run = shell(context, `set -e; cd '${folder}'\n${lines}`, { server });
  assert.equal(await run.ended, 0, run.output() + run.errors());
});
