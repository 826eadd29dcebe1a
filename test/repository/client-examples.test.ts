/** The TypeScript in the pages about the client library: it compiles, runs against a real server, and prints what it says. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { signStandardWebhook } from "../../src/platform/hmac.ts";
import { Trotline } from "../../src/sdk/client.ts";
import { freePort } from "../../src/testing/free-port.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { adminKey, type ServerProcess, startServerProcess } from "../faults/a-server-process.ts";
import { assertCompile, examplesOf } from "./typescript-examples.ts";

const root = join(import.meta.dirname, "../..");
const patienceMs = 20_000;
const secret = `whsec_${btoa("the secret of the example")}`;

/** The library's sources in place of the package, so that nothing has to be built; other packages from here. */
const withSources = (code: string): string =>
  code
    .replace(/"trotline\/(\w+)"/g, (_, entry) => `"${pathToFileURL(join(root, `src/sdk/${entry}.ts`))}"`)
    .replace('from "stripe"', `from "${import.meta.resolve("stripe")}"`);

/** Runs until it has printed what it says, or ends; answers the lines. Many examples would go on for ever. */
async function run(file: string, prints: readonly string[], env: Record<string, string>): Promise<string[]> {
  const child = spawn(process.execPath, [file], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  const exited = once(child, "exit");
  let output = "";
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (missing(output.split("\n"), prints).length === 0) child.kill("SIGKILL");
  });
  await exited;
  clearTimeout(timer);
  assert.equal(errors.replace(/\(node:\d+\).*\n|\(Use `node.*\n/g, ""), "");
  return output.split("\n");
}

/** What is expected and does not come, in this order. */
function missing(lines: readonly string[], expected: readonly string[]): readonly string[] {
  let found = 0;
  for (const line of lines) if (line === expected[found]) found += 1;
  return expected.slice(found);
}

describe("the examples in TypeScript", () => {
  let folder: string;
  let server: ServerProcess;
  let receiver: TestReceiver;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "trotline-client-examples-"));
    receiver = await startTestReceiver();
    server = await startServerProcess(folder);
  });
  after(async () => {
    await server.stop();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("compile as they stand, with the package's own types", async () => {
    const pages = ["README.md", "docs/client.md", "docs/verifying.md"];
    const examples = (await Promise.all(pages.map(examplesOf))).flat();
    assert.ok(examples.length >= 10);
    await assertCompile(folder, examples, { paths: { "trotline/*": ["src/sdk/*.ts"] } });
  });

  it("of docs/client.md print what they say, one after another", async () => {
    const examples = await examplesOf("docs/client.md");
    assert.ok(examples.length >= 8);
    const env = { TROTLINE_URL: server.url, TROTLINE_KEY: adminKey };
    for (const [index, { code, prints }] of examples.entries()) {
      assert.ok(prints.length > 0, code);
      const file = join(folder, `example-${index}.ts`);
      await writeFile(file, withSources(code).replaceAll("https://example.com/webhooks", receiver.url));
      const lines = await run(file, prints, env);
      assert.deepEqual(missing(lines, prints), [], `${code}\nprinted ${lines.join("\n")}`);
    }
  });

  for (const page of ["README.md", "docs/feed.md"]) {
    it(`of ${page} print what they say`, async () => {
      const examples = await examplesOf(page);
      assert.equal(examples.length, 1);
      const client = new Trotline({ url: server.url, key: adminKey });
      await client.publish({ id: "evt_of_the_example", type: "order.paid", data: { order: "A-17", total: 4200 } });
      for (const { code, prints } of examples) {
        const file = join(folder, "page-example.ts");
        await writeFile(file, withSources(code).replaceAll("3400", new URL(server.url).port));
        const lines = await run(file, prints, { KEY: adminKey });
        assert.deepEqual(missing(lines, prints), [], `${code}\nprinted ${lines.join("\n")}`);
      }
    });
  }

  it("of docs/verifying.md receive a webhook that Trotline sends", async () => {
    const [example] = await examplesOf("docs/verifying.md");
    assert.ok(example);
    const port = await freePort();
    const client = new Trotline({ url: server.url, key: adminKey });
    await client.endpoints.create({
      url: `http://127.0.0.1:${port}/`,
      types: ["order.paid"],
      secrets: [secret],
      retry_delays_ms: Array.from({ length: 50 }, () => 100),
    });
    const file = join(folder, "receiver.ts");
    await writeFile(file, withSources(example.code));
    const running = run(file, example.prints, { WEBHOOK_SECRET: secret, PORT: String(port) });
    await client.publish({ type: "order.paid", data: { total: 1 } });
    assert.deepEqual(missing(await running, example.prints), []);
  });

  it("of docs/verifying.md answer requests of the web", async (context) => {
    context.mock.method(console, "log", () => {});
    const [, example] = await examplesOf("docs/verifying.md");
    const file = join(folder, "handle.ts");
    await writeFile(file, withSources(example?.code ?? ""));
    const { handle } = (await import(pathToFileURL(file).href)) as {
      handle(request: Request, secrets: string[]): Promise<Response>;
    };
    const body = '{"id":"evt_1","type":"a","timestamp":"2026-01-01T00:00:00.000Z","data":{"total":1}}';
    const timestampSeconds = Math.floor(Date.now() / 1000);
    const signed = { secrets: [secret], id: "evt_1", timestampSeconds, body: Buffer.from(body) };
    const headers = {
      "webhook-id": "evt_1",
      "webhook-timestamp": String(timestampSeconds),
      "webhook-signature": signStandardWebhook(signed),
    };
    const request = (text: string) => new Request("http://example.com/", { method: "POST", headers, body: text });
    assert.equal((await handle(request(body), [secret])).status, 204);
    assert.equal((await handle(request(`${body} `), [secret])).status, 400);
  });
});
