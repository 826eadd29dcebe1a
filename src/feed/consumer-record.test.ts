import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Consumer } from "../core/consumer.ts";
import { ConsumerRecord } from "./consumer-record.ts";

const key = { tenant: "default", name: "billing" };
const aConsumer = (position: number): Consumer => ({
  ...key,
  types: [],
  filter: null,
  subject: null,
  leaseMs: 1000,
  position,
  createdAtMs: 0,
  updatedAtMs: 0,
});

/** A record on a store whose commits end when the test says so. */
function aRecord(stored: Consumer | null) {
  const written: (number | "removed")[] = [];
  const commits: PromiseWithResolvers<void>[] = [];
  const commit = (what: number | "removed"): Promise<void> => {
    written.push(what);
    const answer = Promise.withResolvers<void>();
    commits.push(answer);
    return answer.promise;
  };
  const store = {
    load: async () => [],
    put: ({ position }: Consumer) => commit(position),
    remove: () => commit("removed"),
  };
  let rolledBack = 0;
  const onRolledBack = () => {
    rolledBack += 1;
  };
  const record = new ConsumerRecord(store, key, { stored, onRolledBack });
  return { record, written, commits, rolledBack: () => rolledBack };
}

/** Which of the promises have been answered, and how. */
async function outcomes(promises: readonly Promise<unknown>[]): Promise<string[]> {
  const seen = promises.map(() => "waits");
  promises.forEach((promise, index) => {
    promise.then(
      () => (seen[index] = "stored"),
      () => (seen[index] = "refused"),
    );
  });
  await new Promise((resolve) => setImmediate(resolve));
  return seen;
}

describe("the record of a consumer", () => {
  it("stores as one what was decided while it was being stored, and answers each when it is covered", async () => {
    const { record, written, commits } = aRecord(aConsumer(0));
    const answers = [1, 2, 3, 4].map((position) => record.decide(aConsumer(position)));
    assert.deepEqual([record.decided?.position, record.stored?.position], [4, 0]);
    assert.deepEqual(await outcomes(answers), ["waits", "waits", "waits", "waits"]);
    commits[0]?.resolve();
    assert.deepEqual(await outcomes(answers), ["stored", "waits", "waits", "waits"]);
    assert.equal(record.stored?.position, 1);
    commits[1]?.resolve();
    assert.deepEqual(await outcomes(answers), ["stored", "stored", "stored", "stored"]);
    assert.deepEqual([written, record.stored?.position], [[1, 4], 4]);
  });

  it("answers at once what is stored already, and else when that is", async () => {
    const { record, written, commits } = aRecord(aConsumer(0));
    assert.deepEqual(await outcomes([record.durable()]), ["stored"]);
    void record.decide(aConsumer(1));
    const second = record.durable();
    assert.deepEqual(await outcomes([second]), ["waits"]);
    commits[0]?.resolve();
    assert.deepEqual(await outcomes([second]), ["stored"]);
    assert.deepEqual(written, [1], "the same is not stored twice");
  });

  it("goes back to what is stored when the store refuses, and tells everyone who built on it", async () => {
    const { record, written, commits, rolledBack } = aRecord(aConsumer(0));
    const answers = [1, 2].map((position) => record.decide(aConsumer(position)));
    commits[0]?.reject(new Error("full"));
    assert.deepEqual(await outcomes(answers), ["refused", "refused"]);
    assert.deepEqual([record.decided?.position, record.stored?.position, rolledBack()], [0, 0, 1]);
    const again = record.decide(aConsumer(1));
    commits[1]?.resolve();
    assert.deepEqual([await outcomes([again]), written], [["stored"], [1, 1]]);
  });

  it("is gone when it was deleted, or could not be made, and nothing is on the way", async () => {
    const deleted = aRecord(aConsumer(0));
    const removing = deleted.record.decide(null);
    assert.equal(deleted.record.isGone, false);
    deleted.commits[0]?.resolve();
    await removing;
    assert.deepEqual([deleted.record.isGone, deleted.written], [true, ["removed"]]);

    const refused = aRecord(null);
    const making = refused.record.decide(aConsumer(0));
    assert.equal(refused.record.isGone, false);
    refused.commits[0]?.reject(new Error("full"));
    assert.deepEqual(await outcomes([making]), ["refused"]);
    assert.equal(refused.record.isGone, true);
  });

  it("that is made again while it is being deleted stays", async () => {
    const { record, written, commits } = aRecord(aConsumer(5));
    const answers = [record.decide(null), record.decide(aConsumer(7))];
    commits[0]?.resolve();
    assert.deepEqual(await outcomes(answers), ["stored", "waits"]);
    commits[1]?.resolve();
    assert.deepEqual(await outcomes(answers), ["stored", "stored"]);
    assert.deepEqual([written, record.stored?.position], [["removed", 7], 7]);
  });
});
