import assert from "node:assert/strict";
import { it } from "node:test";
import type { ProcessRunner } from "../../platform/process-runner.ts";
import { systemRandom } from "../../platform/random.ts";
import { noRun, type RunResult } from "../../platform/running-process.ts";
import { everythingAllowed } from "../hooks-file/allowances.ts";
import type { Hook } from "../hooks-file/hook.ts";
import type { HookRequest } from "../hooks-file/hook-request.ts";
import { runHookCommand } from "./hook-command.ts";

const hook = {
  id: "h",
  executeCommand: "/bin/true",
  commandWorkingDirectory: "/",
  passArgumentsToCommand: [],
  passEnvironmentToCommand: [],
  passFileToCommand: [],
} as unknown as Hook;

/** Runs the hook on a system that answers so, one after the other. */
async function runOn(results: RunResult[]) {
  const warnings: string[] = [];
  const run = await runHookCommand(
    { hook, request: {} as HookRequest, requestId: "one" },
    {
      runner: { run: () => Promise.resolve(results.shift()) } as unknown as ProcessRunner,
      log: { say: () => {}, warn: (text) => warnings.push(text) },
      random: systemRandom(),
      allowed: everythingAllowed,
      isCompat: false,
      environment: {},
      timeoutMs: null,
      outputBytesMax: 1000,
      roomWaitMs: 1,
    },
  );
  assert.equal(run.kind, "ran");
  return { outcome: run.kind === "ran" ? run.result.outcome : null, warnings, left: results.length };
}

const exited: RunResult = { ...noRun("not_started", ""), outcome: "exited", exitStatus: 0, failure: null };

it("waits where the system has no room for a process just now, and runs the command then", async () => {
  const none = noRun("not_started", "The system has no room for another process (EAGAIN).", "EAGAIN");
  const full = noRun("not_started", "The server has as many files open as it may (EMFILE).", "EMFILE");
  const { outcome, warnings } = await runOn([none, full, exited]);
  assert.equal(outcome, "exited");
  assert.deepEqual(
    warnings,
    [none, full].map(({ failure }) => `[one] its command waits: ${failure}`),
  );
});

it("gives up at once what no system would start", async () => {
  const { outcome, left } = await runOn([noRun("not_started", "No.", "ENOEXEC"), exited]);
  assert.deepEqual([outcome, left], ["not_started", 1]);
});
