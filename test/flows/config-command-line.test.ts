/** The program as people start it: what it prints, what it refuses, how it ends. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { errorCatalogue } from "../../src/core/errors.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { anEvent } from "./a-server.ts";

const program = new URL("../../bin/trotline.js", import.meta.url).pathname;
const adminKey = "trot_a_key_of_this_test_only";

const aFolder = (): string => temporaryFolder("test");

interface Run {
  readonly process: ChildProcess;
  output(): string;
  errors(): string;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string | null>;
}

function run(context: Pick<TestContext, "after">, args: string[], env: Record<string, string> = {}): Run {
  const started = spawn(process.execPath, [program, ...args], { env: { PATH: process.env.PATH, ...env } });
  let output = "";
  let errors = "";
  started.stdout.on("data", (chunk) => {
    output += chunk;
  });
  started.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<number | string | null>((resolve) => {
    started.on("close", (code, signal) => resolve(code ?? signal));
  });
  context.after(async () => {
    started.kill("SIGKILL");
    await ended;
  });
  return { process: started, output: () => output, errors: () => errors, ended };
}

const addressOf = (started: Run): Promise<string> =>
  eventually(`it listens: ${started.errors()}`, () => /listens on (http:\S+)/.exec(started.output())?.[1]);

async function refusal(context: Pick<TestContext, "after">, args: string[], env?: Record<string, string>) {
  const started = run(context, args, env);
  const code = await started.ended;
  const [first = "", second = ""] = started.errors().split("\n");
  assert.equal(code, 1, started.errors());
  assert.doesNotMatch(started.errors(), /^ +at /m, "no stack");
  return { first, second, output: started.output() };
}

it("a new store's first key is printed once, and opens the door at every start after", async (context) => {
  const folder = aFolder();
  const first = run(context, ["--port", "0", "--data", folder]);
  const url = await addressOf(first);
  const key = /^ {2}(trot_\S+)$/m.exec(first.output())?.[1] ?? "";
  assert.ok(key, first.output());
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const published = await fetch(`${url}/v1/events`, {
    method: "POST",
    headers,
    body: JSON.stringify(anEvent({ id: "e" })),
  });
  assert.equal(published.status, 201);
  first.process.kill("SIGTERM");
  assert.equal(await first.ended, 0, first.errors());
  assert.ok(!first.errors().includes(key), "the key is not in the log");

  const second = run(context, ["serve", "--port", "0", "--data", folder]);
  const again = await addressOf(second);
  assert.doesNotMatch(second.output(), /trot_/);
  assert.equal((await fetch(`${again}/v1/events/e`, { headers })).status, 200);
  second.process.kill("SIGINT");
  assert.equal(await second.ended, 0, second.errors());
});

it("an admin key of one's own is taken from the environment, and none is made then", async (context) => {
  const env = { TROTLINE_ADMIN_KEY: adminKey, TROTLINE_PORT: "0", TROTLINE_DATA: aFolder() };
  const started = run(context, [], env);
  const url = await addressOf(started);
  assert.doesNotMatch(started.output(), /key/);
  const answer = await fetch(`${url}/v1/endpoints`, { headers: { authorization: `Bearer ${adminKey}` } });
  assert.equal(answer.status, 200);
});

it("the first signal lets a running request end; the second ends at once", async (context) => {
  const env = { TROTLINE_ADMIN_KEY: adminKey };
  const started = run(context, ["--port", "0", "--data", aFolder(), "--shutdown-grace", "1h"], env);
  const url = await addressOf(started);
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("{")) });
  const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
  const running = fetch(`${url}/v1/events`, { method: "POST", headers, body, duplex: "half" } as RequestInit);
  running.catch(() => {});
  await eventually("a connection is open", async () => (await fetch(`${url}/healthz`)).ok);
  started.process.kill("SIGTERM");
  await eventually("it is stopping", () => started.errors().includes("Stopping"));
  assert.equal(started.process.exitCode, null);
  started.process.kill("SIGTERM");
  assert.equal(await started.ended, 1);
  await assert.rejects(running);
});

it("what is wrong at the start is one sentence, a code and an advice, and the exit code 1", async (context) => {
  const folder = aFolder();
  const file = join(folder, "trotline.yaml");
  await writeFile(file, "prot: 1\n");
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.on("listening", resolve));
  context.after(() => void other.close());
  const { port } = other.address() as { port: number };
  const data = ["--data", join(folder, "data")];
  const notAFolder = join(file, "data");

  const cases: [code: keyof typeof errorCatalogue, args: string[], sentence: RegExp][] = [
    ["config-unknown-key", ["--prot", "1"], /--prot\. Did you mean `port`\?/],
    ["config-unknown-key", ["serve", "--prot=1"], /--prot\. Did you mean `port`\?/],
    ["config-unknown-key", ["--admin-key", "x"], /TROTLINE_ADMIN_KEY/],
    ["config-unknown-key", ["--config", file], /`prot` in .*Did you mean `port`\?/],
    ["config-invalid-value", ["--port", "-1"], /^trotline: --port takes an integer/],
    ["config-invalid-value", ["--port"], /^trotline: --port needs a value/],
    ["config-unreadable", ["--config", join(folder, "gone.yaml")], /gone\.yaml/],
    ["bind-unauthenticated", ["--auth", "none", "--host", "0.0.0.0", ...data], /0\.0\.0\.0/],
    ["port-taken", ["--port", String(port), ...data], new RegExp(String(port))],
    ["address-unavailable", ["--host", "192.0.2.1", "--port", "0", ...data], /192\.0\.2\.1/],
    ["store-unwritable", ["--data", notAFolder], /./],
    ["retention-too-short", ["--retention-age", "1d", ...data], /schedule/],
  ];
  for (const [code, args, sentence] of cases) {
    const { first, second } = await refusal(context, args);
    assert.match(first, sentence, args.join(" "));
    assert.match(first, /^trotline: /);
    assert.equal(second, `  ${code}: ${errorCatalogue[code].advice}`, args.join(" "));
  }
});

it("a folder that another process uses is refused", async (context) => {
  const data = aFolder();
  const first = run(context, ["--port", "0", "--data", data]);
  await addressOf(first);
  assert.match((await refusal(context, ["--port", "0", "--data", data])).second, /^ {2}store-locked: /);
});

it("a folder that may not be written is refused", async (context) => {
  if (process.getuid?.() === 0) {
    context.skip("root may write everywhere; the case above has a path that nobody can make");
    return;
  }
  const data = aFolder();
  await chmod(data, 0o500);
  assert.match((await refusal(context, ["--port", "0", "--data", data])).second, /^ {2}store-unwritable: /);
});

it("the first key is shown although the port is taken: it is stored by then", async (context) => {
  const data = aFolder();
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.on("listening", resolve));
  context.after(() => void other.close());
  const { port } = other.address() as { port: number };
  const { output } = await refusal(context, ["--port", String(port), "--data", data]);
  assert.match(output, /^ {2}trot_\S+$/m);
});

it("`config` shows the effective values and where they come from, and no secret", async (context) => {
  const folder = aFolder();
  const file = join(folder, "trotline.json");
  await writeFile(file, JSON.stringify({ "admin-key": adminKey, "retention-age": "60d" }));
  const started = run(context, ["config", "--config", file, "--port", "1"], { TROTLINE_HOST: "::1" });
  assert.equal(await started.ended, 0, started.errors());
  const rows = new Map(
    started
      .output()
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/) as [string, string, string])
      .map(([name, value, source]) => [name, [value, source]]),
  );
  assert.deepEqual(rows.get("port"), ["1", "flag"]);
  assert.deepEqual(rows.get("host"), ["::1", "env"]);
  assert.deepEqual(rows.get("retention-age"), ["60d", "file"]);
  assert.deepEqual(rows.get("admin-key"), ["(set, not shown)", "file"]);
  assert.deepEqual(rows.get("auth"), ["keys", "default"]);
  assert.ok(!started.output().includes(adminKey));
});

it("`openapi` prints the document, `--version` the version, `--help` the commands", async (context) => {
  const openapi = run(context, ["openapi"]);
  const version = run(context, ["--version"]);
  const help = run(context, ["--help"]);
  const serveHelp = run(context, ["serve", "--help"]);
  for (const started of [openapi, version, help, serveHelp]) assert.equal(await started.ended, 0, started.errors());
  assert.equal(JSON.parse(openapi.output()).openapi, "3.1.0");
  const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  assert.equal(version.output().trim(), JSON.parse(manifest).version);
  for (const command of ["serve", "config", "openapi"])
    assert.match(help.output(), new RegExp(`^ {2}${command}\\b`, "m"));
  assert.match(serveHelp.output(), /--retention-age <duration>/);
});

it("a word after a command is refused, and not the command", async (context) => {
  const { first } = await refusal(context, ["serve", "extra"]);
  assert.equal(first, "trotline: `serve` takes options only. `trotline serve --help` lists them.");
});

it("an unknown command is told the nearest one", async (context) => {
  const { first } = await refusal(context, ["srve"]);
  assert.equal(first, "trotline: There is no command `srve`. Did you mean `serve`? `trotline --help` lists all.");
});
