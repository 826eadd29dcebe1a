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

it("programs of an endpoint that is deleted end, and those that wait for their turn are not run", async (context) => {
  const scene = await aCommandScene(context);
  const { script, command, publish, ask, folder } = scene;
  const program = script("hang", `echo $$ >> ${folder}/pids; exec sleep 1000`);
  const id = await command({ program }, { max_in_flight: 1 });
  await publish(1);
  const pid = Number(await scene.text("pids"));
  const tested = ask(`POST /v1/endpoints/${id}/test`, { body: {} });
  const other = await command({ program: script("other", "exec sleep 0.3") });
  await publish(2);
  assert.equal((await ask(`DELETE /v1/endpoints/${id}`)).status, 204);
  await eventually("it has ended", () => !existsSync(`/proc/${pid}`));
  assert.equal((await scene.attempts(other, 1))[0].delivered, true);
  assert.deepEqual([(await tested).body.error_class, (await tested).body.delivered], ["signal", false]);
  assert.equal(readFileSync(join(folder, "pids"), "utf8"), `${pid}\n`);
});
