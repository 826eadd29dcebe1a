/** A hundred endpoints, three of them bad: one never answers, one drips, and one's tenant publishes fifty times as much. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "./an-app.ts";

const tenants = Array.from({ length: 9 }, (_, index) => `tenant-${index}`);
const rounds = 20;
const floodFactor = 50;

it("97 endpoints are sent everything while the three bad ones of a hundred hang, drip and are flooded", async (context) => {
  const app = await anApp({ shutdownGraceMs: 0 });
  const [healthy, dead, dripping, flooded] = await Promise.all(Array.from({ length: 4 }, startTestReceiver));
  assert.ok(healthy && dead && dripping && flooded);
  const drips: NodeJS.Timeout[] = [];
  context.after(async () => {
    for (const drip of drips) clearInterval(drip);
    await app.close();
    await Promise.all([healthy, dead, dripping, flooded].map((receiver) => receiver.close()));
  });
  dead.answer({ write: () => {} });
  // A byte of the answer's body now and then, and never its end.
  dripping.answer({
    write: (response) => {
      response.writeHead(200);
      drips.push(setInterval(() => response.write("."), 20));
    },
  });

  const endpoint = (tenant: string, url: string) =>
    app.registry.createEndpoint({ tenant, url, timeoutMs: 30_000 }, app.store.events.bounds().head);
  const paths: string[] = [];
  for (let number = 0; number < 97; number++) {
    const tenant = tenants[number % tenants.length]!;
    paths.push(`/${tenant}/${number}`);
    await endpoint(tenant, `${healthy.url}/${tenant}/${number}`);
  }
  await endpoint("tenant-0", `${dead.url}/`);
  await endpoint("tenant-1", `${dripping.url}/`);
  await endpoint("flooding", `${flooded.url}/`);

  for (let round = 0; round < rounds; round++) {
    const events = tenants.map((tenant) => ({ tenant, type: "a", data: round }));
    const flood = Array.from({ length: floodFactor * tenants.length }, () => ({
      tenant: "flooding",
      type: "a",
      data: 1,
    }));
    await publish(app, [...flood, ...events]);
  }
  await eventually("everything at all that are well", () => healthy.requests.length >= 97 * rounds, 25_000);

  const counts = new Map<string, number>();
  for (const { path } of healthy.requests) counts.set(path, (counts.get(path) ?? 0) + 1);
  assert.deepEqual(counts, new Map(paths.map((path) => [path, rounds])), "each once");
  for (const receiver of [dead, dripping]) {
    const held = receiver.requests.length;
    assert.ok(held >= 1 && held <= 4, `${held} attempts hang: no more than the window begins with`);
  }
  assert.equal(app.dispatcher.ready.inFlight >= 2, true, "they still do");
  await eventually(
    "the flood is delivered too",
    () => flooded.requests.length === rounds * floodFactor * tenants.length,
    25_000,
  );
});
