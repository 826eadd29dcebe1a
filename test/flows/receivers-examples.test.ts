/** The receiver in `docs/receivers.md`, run as it stands: it becomes a verified endpoint, and takes deliveries. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { freePort } from "../../src/testing/free-port.ts";
import { aServer } from "./a-server.ts";
import { aFolder } from "./cli-run.ts";

it("the receiver of docs/receivers.md agrees to be an endpoint", async (context) => {
  const page = await readFile(new URL("../../docs/receivers.md", import.meta.url), "utf8");
  const [, code] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
  assert.ok(code);
  const file = join(aFolder(), "receiver.mjs");
  await writeFile(file, code);
  const port = await freePort();
  const receiver = spawn(process.execPath, [file], { env: { PORT: String(port) }, stdio: "ignore" });
  context.after(() => receiver.kill("SIGKILL"));
  const { ask } = await aServer(context);
  const url = `http://127.0.0.1:${port}/`;
  const made = await eventually("it listens", async () => {
    const answer = await ask("POST /v1/endpoints", { body: { url, verification: "challenge" } });
    return answer.status === 201 && answer;
  });
  const { body } = await ask(`POST /v1/endpoints/${made.body.id}/test`);
  assert.deepEqual([body.delivered, body.status], [true, 204]);
});
