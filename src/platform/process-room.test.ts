import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const module = fileURLToPath(new URL("process-runner.ts", import.meta.url));

/** Runs a program while no further file can be opened, and again when there is room. */
const script = `
import { closeSync, openSync } from "node:fs";
const { ProcessRunner } = await import(process.argv[1]);
const runner = new ProcessRunner({ folder: process.argv[2] });
const request = {
  program: "/bin/echo", arguments: ["hi"], environment: {}, workingDirectory: "/", input: Buffer.from("x"),
  timeoutMs: 20_000, outputBytesMax: 1000,
};
const held = [];
try {
  for (;;) held.push(openSync("/dev/null"));
} catch {}
const none = await runner.run(request);
for (const file of held) closeSync(file);
const some = await runner.run(request);
await runner.close();
console.log(JSON.stringify([none.outcome, none.failure, none.lacksRoom, some.outcome, Buffer.from(some.output).toString()]));
`;

it("runs no program while as many files are open as may be, says so, and runs the next", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "room-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const node = [process.execPath, "--input-type=module", "--eval", script, module, join(folder, "runs")];
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", 'ulimit -n 100 && exec "$@"', "sh", ...node]);
  assert.deepEqual(JSON.parse(stdout), [
    "not_started",
    "The server has as many files open as it may (EMFILE).",
    true,
    "exited",
    "hi\n",
  ]);
});
