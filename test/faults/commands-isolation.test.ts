/** Programs that hang, flood or fail cost their own lanes only. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aCommandScene } from "../flows/a-command.ts";

it("programs that hang, flood and cannot start hold up no other endpoint", async (context) => {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const scene = await aCommandScene(context, { shutdownGraceMs: 100 });
  const { script, command, publish, ask, folder } = scene;
  const go = join(folder, "go");
  const hangs = script("hang", `echo $$ >> ${folder}/hanging; while [ ! -e ${go} ]; do sleep 0.1; done`);
  const gone = script("gone", "true");
  await command({ program: hangs });
  await command({
    program: script("flood", `while [ ! -e ${go} ]; do echo 0123456789012345678901234567890123456789; done`),
  });
  await command({ program: gone });
  writeFileSync(gone, "#!/nowhere\n");
  const quick = await command({ program: script("quick", "cat") });
  await ask("POST /v1/endpoints", { body: { url: receiver.url } });
  for (let i = 0; i < 40; i++) await publish(i);
  await scene.attempts(quick, 40);
  await eventually("the receiver has had all", () => receiver.requests.length >= 40);
  // It runs no more of them than it may, however many wait.
  const hanging = existsSync(join(folder, "hanging"))
    ? readFileSync(join(folder, "hanging"), "utf8").trim().split("\n")
    : [];
  assert.ok(hanging.length >= 1 && hanging.length <= 8, String(hanging.length));
  writeFileSync(go, "");
});
