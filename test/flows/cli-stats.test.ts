/** `trotline stats`: for programs as it came, for people as a table. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aServer } from "./a-server.ts";
import { noTerminal, onTerminal, trotlineEnded } from "./cli-run.ts";

it("statistics are a line of JSON for a program, and a table for a person", async (context) => {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  await server.ask("POST /v1/endpoints", { body: { url: receiver.url } });
  await server.ask("POST /v1/events", { body: [1, 2].map(() => ({ type: "order.paid", data: {} })) });
  await eventually("both are counted", async () => {
    await server.app.observing.roll.look();
    return (await server.ask("GET /v1/stats")).body.total.attempts === 2;
  });
  const piped = await trotlineEnded(context, ["stats", "--by", "type"], { server });
  assert.equal(piped.code, 0, piped.errors);
  const statistics = JSON.parse(piped.output);
  assert.deepEqual([statistics.groups[0].key, statistics.total.sent], ["order.paid", 2]);
  const refused = await trotlineEnded(context, ["stats", "--bucket", "1m"], { server });
  assert.notEqual(refused.code, 0);
  assert.match(refused.errors, /more than 500 buckets/);
  if (noTerminal !== false) return;
  const shown = onTerminal(context, ["stats", "--by", "type"], { server });
  assert.equal(await shown.ended, 0);
  assert.match(shown.output(), /order\.paid +2 +2 +100\.00 %/);
  assert.match(shown.output(), /Now: 1 endpoints enabled, 0 failing, 0 paused, 0 disabled; nothing waits\./);
});
