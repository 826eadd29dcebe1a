import assert from "node:assert/strict";
import { it } from "node:test";
import { SubjectQueue } from "./subject-queue.ts";

it("a subject that is out holds back its own items, and no others", () => {
  const queue = new SubjectQueue<number>();
  queue.add("a", 1);
  queue.add("a", 2);
  queue.add("b", 3);
  queue.add(undefined, 4);
  queue.add(undefined, 5);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => queue.take()?.item ?? null),
    [1, 3, 4, 5, null],
  );
  assert.equal(queue.waiting, 1);
  queue.release("b");
  assert.equal(queue.take(), null);
  queue.release("a");
  assert.deepEqual(queue.take(), { subject: "a", item: 2 });
});

it("items without a subject do not wait for each other, nor does the subject of the empty text stand for them", () => {
  const queue = new SubjectQueue<number>();
  queue.add("", 1);
  queue.add(undefined, 2);
  queue.add("", 3);
  assert.deepEqual([queue.take()?.item, queue.take()?.item, queue.take()], [1, 2, null]);
});
