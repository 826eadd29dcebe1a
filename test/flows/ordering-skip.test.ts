/** A person gives deliveries up, over HTTP: those behind them go on. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { anOrderedEndpoint, of } from "./an-ordered-endpoint.ts";

describe("skipping a delivery", () => {
  it("is refused where it is settled, and where there is no such event", async (context) => {
    const { publish, reaches, act } = await anOrderedEndpoint(context, {});
    await publish(...of("a1"));
    await reaches("a1", "delivered");
    const settled = await act("a1", "skip");
    assert.deepEqual([settled.status, settled.body.code], [409, "delivery-settled"]);
    assert.equal((await act("nothing", "skip")).body.code, "event-not-found");
  });

  it("waits for an attempt under way, and does not undo what that delivered", async (context) => {
    const { receiver, publish, act, received } = await anOrderedEndpoint(context, { ordering: "strict" });
    const answers: (() => void)[] = [];
    receiver.answer(() => ({ write: (response) => answers.push(() => response.writeHead(200).end()) }));
    await publish(...of("a1"));
    await eventually("it is on its way", () => received().length === 1);
    const skipped = act("a1", "skip");
    answers[0]?.();
    assert.equal((await skipped).body.code, "delivery-settled");
  });

  it("is done once where several ask at once, and counted once", async (context) => {
    const { receiver, publish, reaches, act, ask, id } = await anOrderedEndpoint(context, { ordering: "key" });
    receiver.answer(500);
    await publish(...of("a1", "a2", "b1"));
    await reaches("a2", "held");
    await reaches("b1", "retrying");
    const answers = await Promise.all([1, 2, 3].map(() => act("a2", "skip")));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
    assert.equal((await ask(`GET /v1/endpoints/${id}`)).body.parked, 2);
  });

  it("works where nothing is ordered, and what was skipped can be sent by hand", async (context) => {
    const { receiver, publish, reaches, act, state } = await anOrderedEndpoint(context, {});
    receiver.answer(500);
    await publish(...of("a1"));
    await reaches("a1", "retrying");
    assert.equal((await act("a1", "skip")).body.state, "cancelled");
    receiver.answer(200);
    assert.equal((await act("a1", "retry")).body.delivered, true);
    assert.equal(await state("a1"), "delivered");
  });
});
