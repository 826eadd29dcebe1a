/** Ordered endpoints over HTTP, with a receiver that takes some keys and not others. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, aServer } from "./a-server.ts";
import { anOrderedEndpoint, idOf, of, refusing } from "./an-ordered-endpoint.ts";

describe("an endpoint that is ordered by key", () => {
  it("is sent each key in the order of the log, one at a time, and keys beside each other", async (context) => {
    const { receiver, publish, received } = await anOrderedEndpoint(context, { ordering: "key", max_in_flight: 8 });
    const inFlight = new Set<string>();
    let together = 0;
    receiver.answer((request) => ({
      write: (response) => {
        const [subject = ""] = idOf(request);
        assert.ok(!inFlight.has(subject), `two of ${subject} at once`);
        inFlight.add(subject);
        together = Math.max(together, inFlight.size);
        setTimeout(() => {
          inFlight.delete(subject);
          response.writeHead(200).end();
        }, 5);
      },
    }));
    const rounds = Array.from({ length: 40 }, (_, round) => round);
    await publish(...of(...rounds.flatMap((round) => [`a${round}`, `b${round}`, `c${round}`])));
    await eventually("all", () => received().length === 120, 20_000);
    for (const subject of ["a", "b", "c"]) {
      const own = received().filter((id) => id.startsWith(subject));
      assert.deepEqual(
        own,
        rounds.map((round) => `${subject}${round}`),
      );
    }
    assert.ok(together > 1, "keys did not go beside each other");
  });

  it("holds back those behind one that fails, and no other; its cursor passes them", async (context) => {
    const { receiver, publish, received, state, reaches, ask, id } = await anOrderedEndpoint(context, {
      ordering: "key",
    });
    receiver.answer(refusing("a"));
    await publish(...of("a1", "b1", "a2", "b2", "a3"), anEvent({ id: "none1" }));
    await reaches("b2", "delivered");
    await reaches("none1", "delivered");
    await reaches("a3", "held");
    assert.deepEqual([await state("a1"), await state("a2")], ["retrying", "held"]);
    assert.deepEqual(
      received().filter((one) => one.startsWith("a")),
      ["a1"],
    );
    await eventually("its cursor", async () => (await ask(`GET /v1/endpoints/${id}`)).body.lag === 0);
    assert.equal((await ask(`GET /v1/endpoints/${id}`)).body.parked, 3);
  });

  it("goes on with a key in its order when a person's retry is taken", async (context) => {
    const { receiver, publish, received, reaches, act } = await anOrderedEndpoint(context, { ordering: "key" });
    receiver.answer(refusing("a"));
    await publish(...of("a1", "a2", "a3", "a4"));
    await reaches("a4", "held");
    receiver.answer(200);
    assert.equal((await act("a1", "retry")).body.delivered, true);
    await reaches("a4", "delivered");
    assert.deepEqual(received(), ["a1", "a1", "a2", "a3", "a4"]);
  });

  it("is sent a held delivery by hand whatever stands before it, which stays", async (context) => {
    const { receiver, publish, received, state, reaches, act } = await anOrderedEndpoint(context, { ordering: "key" });
    receiver.answer((request) => (idOf(request) === "a3" ? 200 : 500));
    await publish(...of("a1", "a2", "a3"));
    await reaches("a3", "held");
    assert.equal((await act("a3", "retry")).body.delivered, true);
    assert.deepEqual([await state("a1"), await state("a2"), await state("a3")], ["retrying", "held", "delivered"]);
    receiver.answer(200);
    await act("a1", "retry");
    await reaches("a2", "delivered");
    assert.deepEqual(received(), ["a1", "a3", "a1", "a2"]);
  });

  it("stays as it was when a held delivery that is sent by hand fails", async (context) => {
    const { receiver, publish, state, reaches, act } = await anOrderedEndpoint(context, { ordering: "key" });
    receiver.answer(500);
    await publish(...of("a1", "a2"));
    await reaches("a2", "held");
    assert.equal((await act("a2", "retry")).body.delivered, false);
    assert.deepEqual([await state("a1"), await state("a2")], ["retrying", "held"]);
  });

  it("goes on behind a delivery that used up its retries where that is parked", async (context) => {
    const { receiver, publish, received, reaches } = await anOrderedEndpoint(context, {
      ordering: "key",
      retry_delays_ms: [10],
    });
    receiver.answer((request) => (idOf(request) === "a1" ? 500 : 200));
    await publish(...of("a1", "a2", "a3"));
    await reaches("a3", "delivered");
    await reaches("a1", "exhausted");
    assert.deepEqual(received(), ["a1", "a1", "a2", "a3"]);
  });

  it("waits behind a delivery that used up its retries where that blocks, until a person skips it", async (context) => {
    const { receiver, publish, received, reaches, act, state } = await anOrderedEndpoint(context, {
      ordering: "key",
      on_exhausted: "block",
      retry_delays_ms: [10],
    });
    receiver.answer((request) => (idOf(request) === "a1" ? 500 : 200));
    await publish(...of("a1", "a2", "b1"));
    await reaches("a1", "blocked");
    await reaches("a2", "held");
    await reaches("b1", "delivered");
    const skipped = await act("a1", "skip");
    assert.equal(skipped.status, 200);
    assert.equal(skipped.body.state, "cancelled");
    await reaches("a2", "delivered");
    assert.equal(await state("a1"), "cancelled");
    assert.deepEqual(
      received().filter((one) => one !== "b1"),
      ["a1", "a1", "a2"],
    );
  });

  it("holds those behind an attempt that takes longer than a second", async (context) => {
    const { receiver, publish, received, reaches, state } = await anOrderedEndpoint(context, { ordering: "key" });
    const answers: (() => void)[] = [];
    receiver.answer((request) =>
      idOf(request) === "a1" ? { write: (response) => answers.push(() => response.writeHead(200).end()) } : 200,
    );
    await publish(...of("a1", "a2", "b1"));
    await reaches("a2", "held");
    assert.equal(await state("a1"), "sending");
    assert.deepEqual(
      received().filter((one) => one.startsWith("a")),
      ["a1"],
    );
    answers[0]?.();
    await reaches("a2", "delivered");
  });
});

describe("an endpoint whose order is strict", () => {
  it("is sent one delivery at a time, and nothing behind one that fails", async (context) => {
    const { receiver, publish, received, reaches, state, act } = await anOrderedEndpoint(context, {
      ordering: "strict",
    });
    receiver.answer(refusing("b"));
    await publish(...of("a1", "b1", "c1", "d1"));
    await reaches("b1", "retrying");
    assert.deepEqual([await state("c1"), await state("d1")], ["pending", "pending"]);
    assert.deepEqual(received(), ["a1", "b1"]);
    assert.equal((await act("d1", "skip")).body.code, "delivery-ahead");
    await act("b1", "skip");
    await reaches("d1", "delivered");
    assert.deepEqual(received(), ["a1", "b1", "c1", "d1"]);
  });

  it("is replayed a range one event at a time, in the order of the log", async (context) => {
    const { receiver, publish, received, reaches, ask, id } = await anOrderedEndpoint(context, { ordering: "strict" });
    const ids = Array.from({ length: 30 }, (_, number) => `a${number}`);
    await publish(...of(...ids));
    await reaches("a29", "delivered");
    let inFlight = 0;
    receiver.answer(() => ({
      write: (response) => {
        inFlight += 1;
        assert.equal(inFlight, 1, "two at once");
        setTimeout(() => {
          inFlight -= 1;
          response.writeHead(200).end();
        }, 2);
      },
    }));
    const { body } = await ask(`POST /v1/endpoints/${id}/replay`, { body: { from: "earliest" } });
    await eventually(
      "completed",
      async () => (await ask(`GET /v1/replays/${body.id}`)).body.status === "completed",
      20_000,
    );
    assert.deepEqual(received().slice(30), ids);
  });
});

describe("a change of the order", () => {
  it("lets what was held go when nothing is ordered any more", async (context) => {
    const { receiver, publish, reaches, ask, id, state } = await anOrderedEndpoint(context, { ordering: "key" });
    receiver.answer((request) => (idOf(request) === "a1" ? 500 : 200));
    await publish(...of("a1", "a2", "a3"));
    await reaches("a3", "held");
    const changed = await ask(`PATCH /v1/endpoints/${id}`, { body: { ordering: "none" } });
    assert.deepEqual([changed.body.ordering, changed.body.on_exhausted], ["none", "park"]);
    await reaches("a2", "delivered");
    await reaches("a3", "delivered");
    assert.equal(await state("a1"), "retrying");
  });

  it("puts into line what failed before", async (context) => {
    const { receiver, publish, received, reaches, ask, id, act, state } = await anOrderedEndpoint(context, {});
    receiver.answer(500);
    await publish(...of("a1", "a2", "b1"));
    for (const one of ["a1", "a2", "b1"]) await reaches(one, "retrying");
    await ask(`PATCH /v1/endpoints/${id}`, { body: { ordering: "key" } });
    await reaches("a2", "held");
    await publish(...of("a3"));
    await reaches("a3", "held");
    assert.equal(await state("b1"), "retrying");
    receiver.answer(200);
    const before = received().length;
    await act("a1", "retry");
    await reaches("a3", "held");
    await act("a2", "retry");
    await reaches("a3", "delivered");
    assert.deepEqual(received().slice(before), ["a1", "a2", "a3"]);
  });

  it("from block to park lets those behind what was given up go on", async (context) => {
    const { receiver, publish, reaches, ask, id } = await anOrderedEndpoint(context, {
      ordering: "key",
      on_exhausted: "block",
      retry_delays_ms: [],
    });
    receiver.answer((request) => (idOf(request) === "a1" ? 500 : 200));
    await publish(...of("a1", "a2"));
    await reaches("a1", "blocked");
    await reaches("a2", "held");
    await ask(`PATCH /v1/endpoints/${id}`, { body: { on_exhausted: "park" } });
    await reaches("a2", "delivered");
    await reaches("a1", "exhausted");
  });
});

it("an order that there is not is refused", async (context) => {
  const { ask } = await aServer(context);
  const body = { url: "http://127.0.0.1:9/", ordering: "some" };
  const refused = await ask("POST /v1/endpoints", { body });
  assert.deepEqual([refused.status, refused.body.code, refused.body.field], [400, "invalid-body", "/ordering"]);
});
