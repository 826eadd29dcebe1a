import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TurnQueue } from "./turn-queue.ts";

describe("turns", () => {
  /** All that waits, in its order, where the turns of a tenant take so long. */
  function run(queue: TurnQueue<string>, tookMs: (item: string) => number): string[] {
    const order: string[] = [];
    for (let item = queue.next(); item !== undefined; item = queue.next()) {
      order.push(item);
      queue.spent(item.slice(0, 1), tookMs(item));
    }
    return order;
  }

  it("are given to the expressions of one tenant in turn, each in the order of its events", () => {
    const queue = new TurnQueue<string>();
    for (const item of ["a1", "a2", "a3"]) queue.add("a", "one", item);
    for (const item of ["a4", "a5"]) queue.add("a", "other", item);
    assert.deepEqual(
      run(queue, () => 1),
      ["a1", "a4", "a2", "a5", "a3"],
    );
  });

  it("of a tenant with many expressions that hang leave others their share of the time", () => {
    const queue = new TurnQueue<string>();
    for (let index = 0; index < 3; index++) queue.add("a", `bomb ${index}`, `a${index}`);
    for (let index = 0; index < 5; index++) queue.add("b", "quick", `b${index}`);
    const order = run(queue, (item) => (item.startsWith("a") ? 1000 : 1));
    assert.deepEqual(order, ["a0", "b0", "b1", "b2", "b3", "b4", "a1", "a2"]);
  });

  it("are not saved up by a tenant that wanted none", () => {
    const queue = new TurnQueue<string>();
    const took = (): number => 10;
    queue.add("a", "one", "a0");
    queue.add("b", "one", "b0");
    for (let index = 1; index < 5; index++) queue.add("b", "one", `b${index}`);
    assert.equal(queue.next(), "a0");
    queue.spent("a", 10);
    for (let index = 0; index < 3; index++) {
      queue.next();
      queue.spent("b", 10);
    }
    for (let index = 1; index < 4; index++) queue.add("a", "one", `a${index}`);
    assert.deepEqual(run(queue, took), ["a1", "b3", "a2", "b4", "a3"]);
  });
});
