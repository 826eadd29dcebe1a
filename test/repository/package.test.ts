/** What users install: the package builds, installs without development dependencies, and its command runs. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

const root = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

describe("the package", () => {
  let folder: string;
  let bin: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "trotline-package-"));
    // The work tree is copied by npm's own rules; building happens there through `prepack`.
    const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: root,
      encoding: "utf8",
    });
    const parsed = JSON.parse(packed.slice(packed.indexOf("["))) as { filename: string; files: { path: string }[] }[];
    const tarball = join(folder, parsed[0]?.filename ?? "");
    execFileSync("tar", ["-xzf", tarball, "-C", folder]);
    // Its dependencies are those that are installed here, so that the test needs no network.
    writeFileSync(join(folder, "package.json"), "{}");
    execFileSync("ln", ["-s", join(root, "node_modules"), join(folder, "package", "node_modules")]);
    bin = join(folder, "package", "bin", "trotline.js");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("has JavaScript, declarations, SQL and the dashboard, and no sources or tests", () => {
    const has = (path: string): boolean => existsSync(join(folder, "package", path));
    assert.ok(has("dist/index.js") && has("dist/index.d.ts") && has("dist/cli/main.js"));
    assert.ok(has("dist/log/sqlite/migrations") && has("dist/ui/index.html") && has("dist/ui/assets"));
    assert.ok(!has("src") && !has("test") && !has("dist/core/lane.test.js"));
  });

  it("runs its command", () => {
    const { stdout, status } = spawnSync(process.execPath, [bin, "--version"], { encoding: "utf8" });
    assert.equal(status, 0);
    assert.equal(stdout.trim(), version);
  });

  it("serves, stores and stops from its built files", async () => {
    const script = `
      import { createApp } from "./package/dist/index.js";
      const quiet = { debug() {}, info() {}, warn() {}, error() {} };
      const app = await createApp({
        store: { folder: "./data", bytesMax: null }, logger: quiet, allowAddresses: [], retentionAgeMs: 2592e6,
        retentionBytesMax: null, attemptsAgeMs: 2592e6, eventBytesMax: 1e5, tailBytesMax: 1e6,
        capacity: { perProcess: 8, perTenant: 8, perOrigin: 8 }, shutdownGraceMs: 100, adminKey: null,
      });
      const body = Buffer.from('{"type":"a","data":1}');
      const { items } = await app.publisher.publish(body, { keyId: "k", idempotencyKey: null });
      await app.close();
      console.log(items.length);`;
    writeFileSync(join(folder, "embed.mjs"), script);
    const ran = spawnSync(process.execPath, ["embed.mjs"], { cwd: folder, encoding: "utf8" });
    assert.equal(ran.stdout.trim(), "1", ran.stderr);
  });

  it("has a receiver kit, which receives from its built files", () => {
    const script = `
      const { exports } = JSON.parse(await (await import("node:fs/promises")).readFile("./package/package.json", "utf8"));
      const { createReceiver } = await import("./package/" + exports["./receiver"].default);
      const { promise, resolve } = Promise.withResolvers();
      const sources = { door: { scheme: "unverified" } };
      const receiver = await createReceiver({ folder: "./inbox", sources, handle: resolve });
      const { status } = await receiver.fetch(new Request("http://a/in/door", { method: "POST", body: "bell" }));
      const event = await promise;
      await receiver.close();
      console.log(status, event.type, event.data);`;
    writeFileSync(join(folder, "receive.mjs"), script);
    const ran = spawnSync(process.execPath, ["receive.mjs"], { cwd: folder, encoding: "utf8" });
    assert.equal(ran.stdout.trim(), "200 door.received bell", ran.stderr);
  });

  it("has a client and a verifier that stand alone", () => {
    const script = `
      import { Trotline } from "./package/dist/sdk/client.js";
      import { verify } from "./package/dist/sdk/verify.js";
      const { exports } = JSON.parse(await (await import("node:fs/promises")).readFile("./package/package.json", "utf8"));
      const names = ["./client", "./verify", "./outbox"];
      const entries = await Promise.all(names.map((at) => import("./package/" + exports[at].default)));
      const { text } = entries[2].outboxInsert({ type: "a", data: 1 });
      console.log(entries[0].Trotline === Trotline, entries[1].verify === verify, text.startsWith("insert"));`;
    writeFileSync(join(folder, "client.mjs"), script);
    const ran = spawnSync(process.execPath, ["client.mjs"], { cwd: folder, encoding: "utf8" });
    assert.equal(ran.stdout.trim(), "true true true", ran.stderr);
  });

  it("says clearly that an older Node will not do", () => {
    const older = "Object.defineProperty(process.versions, 'node', { value: '20.19.0' })";
    const ran = spawnSync(process.execPath, ["--import", `data:text/javascript,${older}`, bin, "--version"], {
      encoding: "utf8",
    });
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /Node(\.js)? (>= ?)?24/);
  });
});
