/** An outage is told once, when the breaker opens, and once more with the first success after it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { aLane, ends, take } from "../../test/simulation/a-lane.ts";
import { breakerRule } from "./breaker.ts";
import { eventsPassed, type Lane, laneEnabled, laneRecord, startLane } from "./lane.ts";

/** Attempts of as many deliveries fail, one after the other; answers what each says of an outage. */
function failing(lane: Lane, count: number, from = 1) {
  for (let position = from; position < from + count; position++) take(lane, position);
  eventsPassed(lane, from + count - 1, true);
  return Array.from({ length: count }, (_, index) =>
    ends(lane, from + index, { status: 500, nowMs: 1000 + from + index }),
  );
}

const outagesOf = (settlements: ReturnType<typeof failing>) =>
  settlements.map(({ outage }) => outage ?? null).filter((outage) => outage !== null);

test("it begins when the breaker opens, since the first failure, and failures after that say nothing", () => {
  const lane = aLane();
  const settled = failing(lane, breakerRule.failuresToOpen + 3);
  assert.deepEqual(outagesOf(settled), [{ is: "began", sinceMs: 1001 }]);
  assert.equal(settled[breakerRule.failuresToOpen - 1]?.outage?.is, "began");
});

test("it ends with the first success, once; failures that opened no breaker are none", () => {
  const lane = aLane();
  failing(lane, breakerRule.failuresToOpen);
  const [first, second] = [50, 51].map((position) => {
    take(lane, position);
    return ends(lane, position, { status: 200, nowMs: 9000 });
  });
  assert.deepEqual(first?.outage, { is: "ended", sinceMs: 1001 });
  assert.equal(second?.outage ?? null, null);
  const well = aLane();
  failing(well, breakerRule.failuresToOpen - 1);
  take(well, 60);
  assert.equal(ends(well, 60, { status: 200 }).outage ?? null, null);
});

test("a person who enables the endpoint does not end it: no second beginning, and the success tells the end", () => {
  const lane = aLane();
  failing(lane, breakerRule.failuresToOpen);
  laneEnabled(lane, 5000);
  assert.deepEqual(outagesOf(failing(lane, breakerRule.failuresToOpen, 100)), []);
  take(lane, 200);
  assert.deepEqual(ends(lane, 200, { status: 200, nowMs: 9000 }).outage, { is: "ended", sinceMs: 1001 });
});

test("it goes on after a restart, also from a record of a version that did not note it", () => {
  const lane = aLane();
  failing(lane, breakerRule.failuresToOpen);
  const { endpointNumber: _, ...record } = laneRecord(lane, 1);
  assert.equal(startLane(record, 0).outageSinceMs, 1001);
  const { outageSinceMs: __, ...older } = record.health ?? assert.fail();
  assert.equal(startLane({ ...record, health: older }, 0).outageSinceMs, 1001);
  laneEnabled(lane, 5000);
  const { endpointNumber: ___, ...enabled } = laneRecord(lane, 1);
  assert.equal(startLane(enabled, 0).outageSinceMs, 1001);
});
