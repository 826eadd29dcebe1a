import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AttemptResult } from "../core/attempt.ts";
import { type Endpoint, storedEndpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import { eventually } from "../testing/eventually.ts";
import { Batches, type Member } from "./batches.ts";
import { unsent } from "./payload/content.ts";

const anEndpoint = (maxEvents = 3, maxWaitMs = 10_000, number = 1): Endpoint =>
  storedEndpoint({ batch: { maxEvents, maxWaitMs } }, number);

const aMember = (position: number, bytes = 10, isUrgent = false): Member => ({
  how: { number: 1, isUrgent },
  event: { position, id: `evt_${position}` } as StoredEvent,
  body: Buffer.alloc(bytes, "x"),
});

/** What was sent, as positions, and how it is answered. */
function aBatches(answer: (positions: number[]) => AttemptResult = () => unsent(null, ""), perOrigin = 1000) {
  const sent: number[][] = [];
  const batches = new Batches({
    capacity: { perProcess: 1000, perTenant: 1000, perOrigin },
    send: async (_endpoint, members) => {
      const positions = members.map(({ event }) => event.position);
      sent.push(positions);
      return answer(positions);
    },
  });
  const add = (endpoint: Endpoint, position: number, bytes?: number): Promise<AttemptResult> =>
    batches.add(endpoint, aMember(position, bytes));
  return { batches, sent, add };
}

const refused = (): AttemptResult => unsent("http_status", "400");

describe("deliveries that wait for each other", () => {
  it("go when they are as many as the endpoint wants, in the order of the log, and are settled by one answer", async () => {
    const { sent, add } = aBatches();
    const endpoint = anEndpoint();
    const results = await Promise.all([add(endpoint, 2), add(endpoint, 1), add(endpoint, 3)]);
    assert.deepEqual(sent, [[1, 2, 3]]);
    assert.equal(new Set(results).size, 1);
  });

  it("go when the first has waited long enough", async () => {
    const { sent, add } = aBatches();
    await Promise.all([add(anEndpoint(3, 20), 1)]);
    assert.deepEqual(sent, [[1]]);
  });

  it("are never more than the endpoint wants, nor more bytes than a request may have", async () => {
    const { batches, sent, add } = aBatches();
    const endpoint = anEndpoint(500);
    const half = limits.requestBytes / 2;
    void add(endpoint, 1, half);
    void add(endpoint, 2, half);
    void add(endpoint, 3, half);
    assert.deepEqual(sent, [[1, 2]]);
    void add(endpoint, 4, limits.requestBytes * 2);
    assert.deepEqual(sent.slice(1), [[3]], "one that is too large goes alone");
    batches.hurry();
    assert.deepEqual(sent.slice(2), [[4]]);
  });

  it("go at once where no more can come, with those that are being prepared", async () => {
    const { batches, sent, add } = aBatches();
    const endpoint = anEndpoint();
    void add(endpoint, 1);
    batches.expect(endpoint);
    batches.complete(endpoint);
    assert.deepEqual(sent, []);
    void add(endpoint, 2);
    batches.arrived(endpoint);
    assert.deepEqual(sent, [[1, 2]]);
  });

  it("of one endpoint do not go with those of another", async () => {
    const { batches, sent, add } = aBatches();
    void add(anEndpoint(3, 10_000, 1), 1);
    void add(anEndpoint(3, 10_000, 2), 2);
    batches.hurry();
    assert.deepEqual(sent, [[1], [2]]);
  });

  it("go as the endpoint was, before one goes as it is now", async () => {
    const { batches, sent, add } = aBatches();
    void add(anEndpoint(), 1);
    void add(anEndpoint(), 2);
    assert.deepEqual(sent, [[1]]);
    batches.hurry();
    assert.deepEqual(sent, [[1], [2]]);
  });

  it("are never sent once their endpoint is deleted", async () => {
    const { batches, sent, add } = aBatches();
    const endpoint = anEndpoint();
    const waiting = add(endpoint, 1);
    batches.drop(endpoint);
    assert.equal((await waiting).errorClass, "interrupted");
    batches.expect(endpoint);
    batches.drop(endpoint);
    const coming = add(endpoint, 2);
    batches.arrived(endpoint);
    assert.equal((await coming).errorClass, "interrupted", "those that were being prepared, neither");
    batches.hurry();
    assert.deepEqual(sent, []);
  });

  it("are bounded: beyond it those that wait longest go", async () => {
    const { sent, add } = aBatches(undefined, 5);
    void add(anEndpoint(3, 10_000, 1), 1);
    void add(anEndpoint(3, 10_000, 2), 2);
    void add(anEndpoint(3, 10_000, 3), 3);
    assert.deepEqual(sent, [[1]]);
  });

  it("that are urgent go alone", async () => {
    const { batches, sent, add } = aBatches();
    const endpoint = anEndpoint();
    void add(endpoint, 1);
    await batches.add(endpoint, aMember(2, 10, true));
    assert.deepEqual(sent, [[2]]);
    assert.ok(batches.isWaiting(endpoint, 1));
    assert.ok(!batches.isWaiting(endpoint, 2));
  });

  it("do not wait once it is to hurry", async () => {
    const { batches, sent, add } = aBatches();
    const endpoint = anEndpoint();
    const first = add(endpoint, 1);
    batches.hurry();
    await Promise.all([first, add(endpoint, 2)]);
    assert.deepEqual(sent, [[1], [2]]);
  });

  it("are again in smaller batches after a failure, until the one that is always refused is alone", async () => {
    const { batches, sent, add } = aBatches((positions) => (positions.includes(7) ? refused() : unsent(null, "")));
    const endpoint = anEndpoint(16);
    let left = Array.from({ length: 16 }, (_, index) => index + 1);
    for (let round = 0; round < 3; round++) {
      const results = left.map((position) => add(endpoint, position));
      batches.complete(endpoint);
      const ended = await Promise.all(results);
      left = left.filter((_, index) => ended[index]?.errorClass !== null);
    }
    assert.deepEqual(left, [7]);
    assert.deepEqual(
      sent.map((positions) => positions.length),
      [16, 4, 4, 4, 4, 1, 1, 1, 1],
    );
    await eventually("a new event has a batch of full size", async () => {
      void add(endpoint, 20);
      batches.complete(endpoint);
      return sent.length === 10;
    });
  });
});
