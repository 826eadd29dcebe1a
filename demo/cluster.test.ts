/** `npm run demo:cluster`, run as a person runs it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "../src/testing/eventually.ts";

const msMax = 150_000;
/** Kept for the next start, by whoever runs Node programs. */
const ofNode = ["node-compile-cache"];

/** In a group of its own, with a folder of its own for everything that is temporary. */
function run(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "trotline-demo-"));
  chmodSync(folder, 0o755); // PostgreSQL may run as another user.
  const child = spawn(process.execPath, [fileURLToPath(new URL("cluster.ts", import.meta.url))], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: folder },
  });
  const group = -(child.pid ?? 0);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<number | string | null>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  context.after(async () => {
    if (child.exitCode === null) signalGroup(group, "SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    ended,
    output: () => output,
    group,
    left: () => readdirSync(folder).filter((name) => !ofNode.includes(name)),
  };
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(group, signal);
    return true;
  } catch {
    return false;
  }
}

test("the demo of many processes ends with 0, and leaves nothing behind", { timeout: msMax }, async (context) => {
  const { ended, output, group, left } = run(context);
  assert.equal(await ended, 0, output());
  for (const what of ["was killed", "was paused", "database was stopped"]) assert.ok(output().includes(what), what);
  assert.match(output(), / unexplained +0 .*\n +lost +0 /);
  assert.deepEqual(left(), []);
  // Whoever lost its parent is gone when the system has seen its end.
  await eventually("no process of it is left", () => !signalGroup(group, 0));
});

test("Ctrl-C ends the demo at once, with all that it started", { timeout: msMax }, async (context) => {
  const { ended, output, group, left } = run(context);
  await eventually("the processes run", () => output().includes("share the endpoints"), msMax);
  signalGroup(group, "SIGINT"); // As a terminal does: to everything that runs in it.
  assert.equal(await ended, 130, output());
  assert.match(output(), /stopped; cleaning up\n$/);
  assert.deepEqual(left(), []);
  // Whoever lost its parent is gone when the system has seen its end.
  await eventually("no process of it is left", () => !signalGroup(group, 0));
});

test("Ctrl-C while the database is being made leaves nothing of it", { timeout: msMax }, async (context) => {
  const { ended, output, group, left } = run(context);
  await eventually("it is being made", () => left().length > 0, msMax);
  signalGroup(group, "SIGINT");
  assert.equal(await ended, 130, output());
  assert.deepEqual(left(), []);
  // Whoever lost its parent is gone when the system has seen its end.
  await eventually("no process of it is left", () => !signalGroup(group, 0));
});
