import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isToBeTold } from "./consumer.ts";

describe("what is told of a consumer", () => {
  const told = (state: "ok" | "at_risk" | "invalidated", position?: number) => {
    return { told: { state, times: 1, ...(position === undefined ? {} : { position }) }, position: 5 };
  };

  it("is what was not told last", () => {
    assert.deepEqual([isToBeTold({ position: 5 }, "ok"), isToBeTold({ position: 5 }, "at_risk")], [false, true]);
    assert.deepEqual([isToBeTold(told("at_risk"), "at_risk"), isToBeTold(told("at_risk"), "ok")], [false, true]);
  });

  it("is not better than what another process told, before it has moved", () => {
    assert.deepEqual(
      [isToBeTold(told("invalidated", 5), "at_risk"), isToBeTold(told("at_risk", 5), "ok")],
      [false, false],
    );
    assert.deepEqual(
      [isToBeTold(told("at_risk", 4), "ok"), isToBeTold(told("at_risk", 5), "invalidated")],
      [true, true],
    );
  });
});
