/** The client library needs the language and the web's standards, and nothing else: Node 20, browsers, edge runtimes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { it, type TestContext } from "node:test";
import { signStandardWebhook } from "../../src/platform/hmac.ts";
import { aServer } from "./a-server.ts";

const root = join(import.meta.dirname, "../..");
const sdk = join(root, "src/sdk");
const entries = ["client.ts", "verify.ts"];

function run(parts: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, parts, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((resolve, reject) => {
    let output = "";
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

function aFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "trotline-sdk-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it("whatever the entries import, and what that imports, is a file of the library", () => {
  const files = new Set(entries);
  for (const file of files) {
    const source = readFileSync(join(sdk, file), "utf8");
    const imports = [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].map(
      ([, specifier = ""]) => specifier,
    );
    for (const specifier of imports) {
      assert.match(specifier, /^\.\/[\w-]+\.ts$/, `${file} imports ${specifier}`);
      files.add(basename(specifier));
    }
  }
  assert.ok(files.size > 25);
});

it("it compiles with the types of ES2022 and the web alone", async (context) => {
  const folder = aFolder(context);
  const settings = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { target: "es2022", lib: ["es2022", "dom", "dom.iterable"], types: [], skipLibCheck: false },
    include: [],
    files: entries.map((entry) => join(sdk, entry)),
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
  const { code, output } = await run([join(root, "node_modules/.bin/tsc"), "-p", folder]);
  assert.equal(code, 0, output);
});

it("it publishes, reads and verifies where there is nothing of Node", async (context) => {
  const { url, key, ask } = await aServer(context);
  const secret = `whsec_${btoa("a secret of twenty-four.")}`;
  const body = '{"id":"evt_1","type":"a","timestamp":"2026-01-01T00:00:00.000Z","data":1}';
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const headers = {
    "webhook-id": "evt_1",
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": signStandardWebhook({
      secrets: [secret],
      id: "evt_1",
      timestampSeconds,
      body: Buffer.from(body),
    }),
  };
  const program = join(aFolder(context), "program.js");
  writeFileSync(
    program,
    `import { Trotline } from "./client.ts";
     import { verify } from "./verify.ts";
     if (typeof process !== "undefined" || typeof Buffer !== "undefined") throw new Error("Node shows");
     const client = new Trotline({ url: input.url, key: input.key });
     await client.publish([{ id: "a", type: "t", data: 1 }, { id: "b", type: "t", data: "ü" }]);
     const seen = [];
     for await (const event of client.consume("reader", { from: "earliest" })) {
       seen.push(event.id);
       if (seen.length === 2) break;
     }
     const payload = await verify(input.body, input.headers, input.secret);
     const refused = await client.publish({ type: "no type", data: 1 }).catch((error) => error.code);
     print(JSON.stringify({ seen, type: payload.type, refused }));`,
  );
  const input = JSON.stringify({ url, key, secret, body, headers });
  const harness = join(import.meta.dirname, "sdk-in-a-bare-context.ts");
  const { code, output } = await run(["--no-warnings", "--experimental-vm-modules", harness, program, input]);
  assert.equal(code, 0, output);
  assert.deepEqual(JSON.parse(output), { seen: ["a", "b"], type: "a", refused: "invalid-body" });
  assert.equal((await ask("GET /v1/events/b")).body.data, "ü");
});
