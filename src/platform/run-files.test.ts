import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { it, type TestContext } from "node:test";
import { eventually } from "../testing/eventually.ts";
import { ProcessRunner } from "./process-runner.ts";
import { RunFiles } from "./run-files.ts";

const withFile = {
  ...{ program: "/bin/true", arguments: [], environment: {}, workingDirectory: "/", input: null },
  ...{ files: { DATA: Buffer.from("x") }, timeoutMs: null, outputBytesMax: 0 },
};

/** A folder in which a process that was killed has left something. */
function aFolder(context: TestContext): string {
  const folder = join(mkdtempSync(join(tmpdir(), "run-files-")), "runs");
  context.after(() => rmSync(dirname(folder), { recursive: true, force: true }));
  mkdirSync(join(folder, "run-left"), { recursive: true });
  writeFileSync(join(folder, "run-left", "file-1"), "secret");
  return folder;
}

it("removes what a process that was killed left, also where nothing is run any more", async (context) => {
  const folder = aFolder(context);
  const runner = new ProcessRunner({ folder });
  context.after(() => runner.close());
  await eventually("it is gone", () => !existsSync(join(folder, "run-left")));
});

it("removes what was left before it makes anything", async (context) => {
  const folder = aFolder(context);
  const files = new RunFiles(folder);
  const { paths, remove } = await files.make({ DATA: Buffer.from("x") });
  assert.deepEqual(
    readdirSync(folder).map((name) => join(folder, name)),
    [dirname(paths.DATA ?? "")],
  );
  await remove();
  assert.deepEqual(readdirSync(folder), []);
  await files.close();
  assert.equal(existsSync(folder), false);
});

it("makes nothing for a runner that is closed", async (context) => {
  const folder = aFolder(context);
  const runner = new ProcessRunner({ folder });
  await runner.close();
  const { outcome } = await runner.run(withFile);
  assert.deepEqual([outcome, existsSync(folder)], ["interrupted", false]);
});

it("says that there is no room for them, and not where they would be", async (context) => {
  const folder = aFolder(context);
  const runner = new ProcessRunner({ folder: join(folder, "run-left", "file-1", "runs") });
  context.after(() => runner.close());
  const { outcome, failure } = await runner.run(withFile);
  assert.deepEqual([outcome, failure], ["not_started", "The temporary files could not be written (ENOTDIR)."]);
});
