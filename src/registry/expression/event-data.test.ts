import assert from "node:assert/strict";
import { it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { StoredEvent } from "../../core/event.ts";
import { eventData } from "./event-data.ts";
import { readExpression } from "./expression.ts";

const anEvent = (data: string): StoredEvent => ({
  id: "evt_1",
  tenant: "default",
  type: "order.paid",
  subject: null,
  occurredAtMs: 0,
  acceptedAtMs: 0,
  version: null,
  request: null,
  position: 1,
  data: Buffer.from(data),
});

it("is parsed once, however many filters look at it", () => {
  const event = anEvent('{"total":5}');
  const value = eventData(event);
  assert.deepEqual(value, { total: 5 });
  for (let total = 0; total < 10; total++) {
    assert.equal(readExpression(`data.total == ${total}`)(event), total === 5);
  }
  assert.equal(eventData(event), value);
});

it("a filter that is kept keeps no event in memory", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const filter = readExpression("data.all(text, text.size() > 3)");
  const judged = (): WeakRef<StoredEvent> => {
    const event = anEvent(JSON.stringify(["a text"]));
    assert.equal(filter(event), true);
    return new WeakRef(event);
  };
  const event = judged();
  // A weak reference holds until the turn that made it, or looked at it, has ended.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  assert.equal(event.deref(), undefined);
  assert.equal(filter(anEvent("[]")), true);
});
