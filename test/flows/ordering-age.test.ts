/** What becomes of an ordered endpoint's deliveries when their events are too old, and who is told. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aMovedClock } from "./a-moved-clock.ts";
import { anEvent, aServer } from "./a-server.ts";
import { anOrderedEndpoint, of, refusing } from "./an-ordered-endpoint.ts";

const hourMs = 3_600_000;

it("in an ordered endpoint, what is given up for its age lets the next of its key go, or blocks it as any other", async (context) => {
  const { clock, forward } = aMovedClock();
  const { ask } = await aServer(context, { app: { machine: { clock } } });
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  receiver.answer(({ headers }) => (headers["webhook-id"] === "old" ? 500 : 200));
  const settings = {
    ordering: "key",
    retry_max_age_ms: hourMs,
    retry: { initial_ms: 40 * 60_000, factor: 1, retries: 5 },
  };
  const made = async (on_exhausted: string) =>
    (await ask("POST /v1/endpoints", { body: { url: receiver.url, ...settings, on_exhausted } })).body.id;
  const [parking, blocking] = [await made("park"), await made("block")];
  const statesOf = async (event: string) => {
    const { deliveries } = (await ask(`GET /v1/events/${event}`)).body;
    const stateAt = (id: string) =>
      deliveries.find((known: { endpoint_id: string }) => known.endpoint_id === id)?.state;
    return [stateAt(parking), stateAt(blocking)];
  };
  await ask("POST /v1/events", { body: anEvent({ id: "old", subject: "s" }) });
  await eventually("it failed", async () => (await statesOf("old")).every((state) => state === "retrying"));
  await ask(`POST /v1/endpoints/${parking}/pause`);
  await ask(`POST /v1/endpoints/${blocking}/pause`);
  forward(hourMs + 60_000);
  await ask("POST /v1/events", { body: anEvent({ id: "next", subject: "s" }) });
  await ask(`POST /v1/endpoints/${parking}/resume`);
  await ask(`POST /v1/endpoints/${blocking}/resume`);
  await eventually("the next goes where it may", async () => (await statesOf("next"))[0] === "delivered");
  await eventually("the old one is given up", async () => (await statesOf("old")).join() === "exhausted,blocked");
  assert.notEqual((await statesOf("next"))[1], "delivered");
  assert.equal(receiver.requests.filter(({ headers }) => headers["webhook-id"] === "old").length, 2);
});

it("a delivery that blocks those behind it is told as exhausted", async (context) => {
  const { ask, receiver, publish, reaches, id } = await anOrderedEndpoint(context, {
    ordering: "key",
    on_exhausted: "block",
    retry_delays_ms: [],
  });
  receiver.answer(refusing("a"));
  await publish(...of("a1", "a2"));
  await reaches("a1", "blocked");
  await reaches("a2", "held");
  const told = await eventually("told", async () => {
    const { data } = (await ask("GET /v1/events?tenant=_operations&types=delivery.exhausted")).body;
    return data.length > 0 && data;
  });
  assert.equal(told.length, 1);
  assert.deepEqual([told[0].data.event_id, told[0].data.endpoint_id], ["a1", id]);
});
