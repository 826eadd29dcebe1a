/** `trotline sources`, `receipts` and `schemes`, and the examples of their page. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { encodeRequest } from "../../src/core/received-request.ts";
import { aReceipt, aReceivedRequest } from "../conformance/builders.ts";
import { aServer, type TestServer } from "./a-server.ts";
import { aFolder, noTerminal, onTerminal, shell, trotlineEnded } from "./cli-run.ts";

const runner = (context: TestContext, server: TestServer) => (args: string) =>
  trotlineEnded(context, args.split(" "), { server });

async function noteReceipt(server: TestServer, name: string): Promise<string> {
  const { number } = server.app.sources.require(name);
  const request = encodeRequest(aReceivedRequest(), new Uint8Array(0));
  const receipt = aReceipt({ sourceNumber: number, code: "ip_not_allowed", request });
  await server.app.sources.note([receipt]);
  return receipt.id;
}

it("a source is made, shown, changed, paused, resumed, listed and deleted", async (context) => {
  const server = await aServer(context);
  const run = async (args: string) => {
    const { code, errors, lines } = await runner(context, server)(args);
    assert.deepEqual([code, errors], [0, ""], args);
    return lines();
  };
  const [made] = await run(
    "sources create github --scheme github --tenant acme --methods POST,GET --rate 5 --burst 20",
  );
  assert.equal(made.secrets.length, 1);
  assert.deepEqual(
    [made.tenant, made.methods, made.rate_limit, made.scheme.preset],
    ["acme", ["POST", "GET"], { per_second: 5, burst: 20 }, "github"],
  );
  const [shown] = await run("sources show github");
  assert.deepEqual([shown.id, shown.secrets], [made.id, undefined]);
  const changes = "--allow-addresses 192.0.2.0/24 --rate none --answer-status 202 --deduplication body --name code";
  const [changed] = await run(`sources change github ${changes}`);
  assert.deepEqual(
    [changed.allow_addresses, changed.rate_limit, changed.answer.status, changed.deduplication, changed.name],
    [["192.0.2.0/24"], null, 202, "body", "code"],
  );
  assert.deepEqual((await run("sources pause code"))[0].status, "paused");
  assert.deepEqual((await run("sources resume code"))[0].status, "enabled");
  assert.deepEqual(
    (await run("sources list --tenant acme")).map(({ id }) => id),
    [made.id],
  );
  assert.deepEqual(await run("sources list --tenant globex"), []);
  assert.deepEqual(await run("sources delete code"), []);
  assert.deepEqual(await run("sources list"), []);
});

it("a scheme is a name with settings, one's own as JSON, or none, which must be said", async (context) => {
  const server = await aServer(context);
  const folder = aFolder();
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, "a secret of the test's own\n");
  const own = JSON.stringify({ signature: { place: "header:x-signature" } });
  const create = (name: string, ...args: string[]) =>
    trotlineEnded(context, ["sources", "create", name, ...args], { server });
  const custom = await create("own", "--scheme", own, "--secret-file", secretFile);
  assert.equal(custom.code, 0, custom.errors);
  assert.equal(custom.lines()[0].scheme.custom.content, "{body}");
  assert.equal(custom.lines()[0].secrets[0].secret, "a secret of the test's own");
  const open = await create("open", "--unverified", "--description", "for tests");
  assert.deepEqual(open.lines()[0].scheme, { unverified: true });
  const paused = await create("pay", "--scheme", "stripe", "--paused");
  assert.equal(paused.lines()[0].status, "paused");
  const square = await create(
    "square",
    "--scheme",
    "square",
    "--setting",
    "url=https://example.com/in/square",
    "--secret-file",
    secretFile,
  );
  assert.equal(square.lines()[0].scheme.settings.url, "https://example.com/in/square", square.errors);
});

it("secrets are listed, added and deleted", async (context) => {
  const server = await aServer(context);
  const run = runner(context, server);
  await run("sources create github --scheme github");
  const [first] = (await run("sources secrets list github")).lines();
  const added = (await run("sources secrets add github --grace 1h")).lines();
  assert.deepEqual([added.length, added[1].id, added[0].expires_at], [2, first.id, null]);
  assert.notEqual(added[1].expires_at, null);
  assert.equal((await run(`sources secrets delete github ${first.id}`)).code, 0);
  assert.deepEqual(
    (await run("sources secrets list github")).lines().map(({ id }) => id),
    [added[0].id],
  );
});

it("receipts are listed and shown, and the schemes too", async (context) => {
  const server = await aServer(context);
  const run = runner(context, server);
  await run("sources create github --scheme github");
  const ids: string[] = [];
  for (let count = 0; count < 3; count++) ids.unshift(await noteReceipt(server, "github"));
  const listed = await run("receipts list github --outcome rejected --limit 2");
  assert.deepEqual(
    listed.lines().map(({ id }) => id),
    ids.slice(0, 2),
  );
  assert.deepEqual((await run("receipts list github --outcome handshake")).lines(), []);
  const [shown] = (await run(`receipts show ${ids[0]}`)).lines();
  assert.deepEqual([shown.code, shown.request.method], ["ip_not_allowed", "POST"]);
  const schemes = (await run("schemes")).lines();
  assert.ok(schemes.some(({ name }) => name === "github"));
});

it("what cannot be meant is said before the server is asked, and what it refuses has its code", async (context) => {
  const server = await aServer(context);
  const run = runner(context, server);
  for (const args of [
    "sources create x",
    "sources create x --scheme github --unverified",
    "sources create x --unverified --setting a=b",
    "sources create x --scheme github --setting a",
    "sources create x --scheme {oops",
    "sources create x --unverified --burst 5",
    "sources create x --unverified --answer-body thanks",
    "sources create x --unverified --answer-status 404",
    "sources change x",
    "receipts list x --outcome lost",
  ]) {
    const refused = await run(args);
    assert.equal(refused.code, 2, `${args}: ${refused.errors}`);
  }
  for (const [args, code] of [
    ["sources show nothing", "source-not-found"],
    ["sources create pay --scheme stripe", "source-secret-missing"],
    ["receipts show rcp_x", "receipt-not-found"],
  ] as const) {
    const refused = await run(args);
    assert.equal(refused.code, 1, args);
    assert.match(refused.errors, new RegExp(code));
  }
});

it("a terminal shows tables", { skip: noTerminal }, async (context) => {
  const server = await aServer(context);
  await runner(context, server)("sources create github --scheme github");
  await noteReceipt(server, "github");
  for (const [args, text] of [
    ["sources list", /NAME +TENANT[\s\S]*github +default/],
    ["sources secrets list github", /EXPIRES[\s\S]*never/],
    ["receipts list github", /OUTCOME[\s\S]*ip_not_allowed/],
    ["schemes", /TITLE[\s\S]*GitHub/],
    ["sources delete github", /Deleted github/],
  ] as const) {
    const run = onTerminal(context, args.split(" "), { server });
    assert.equal(await run.ended, 0, run.output());
    assert.match(run.output(), text);
  }
});

it("the examples of docs/sources.md do what they say", async (context) => {
  const server = await aServer(context);
  const page = await readFile(new URL("../../docs/sources.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/```sh\n([^`]*)```/g)].map((match) => match[1] ?? "");
  // Those that trigger a source are run as a whole page by test/repository/examples.test.ts.
  const commands = blocks.filter((block) => block.includes("trotline ") && !block.includes("trotline trigger"));
  assert.equal(commands.length, 3);
  const folder = aFolder();
  const run = shell(context, `set -e; cd '${folder}'\n${commands.join("\n")}`, { server });
  assert.equal(await run.ended, 0, run.errors());
});
