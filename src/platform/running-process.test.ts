import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { it } from "node:test";
import { eventually } from "../testing/eventually.ts";
import { RunningProcess } from "./running-process.ts";

it("does not say that we ended what had ended by itself, while its last output is awaited", async () => {
  const request = {
    ...{ program: "/bin/sh", arguments: ["-c", "sleep 100 & exit 3"], environment: { PATH: "/usr/bin:/bin" } },
    ...{ workingDirectory: "/", input: null, timeoutMs: null, outputBytesMax: 100 },
  };
  const running = new RunningProcess(request, null, 5000);
  await eventually("we have heard that it has ended", () => !existsSync(`/proc/${running.group}`));
  running.end("interrupted");
  const { outcome, exitStatus } = await running.ended;
  assert.deepEqual([outcome, exitStatus], ["exited", 3]);
});
