import assert from "node:assert/strict";
import { it } from "node:test";
import { type Endpoint, endpointDefaults } from "../core/endpoint.ts";
import type { RateLimit } from "../core/endpoint-pace.ts";
import { soleShard } from "./held-shards.ts";
import { LaneTable } from "./lane-table.ts";
import { RateLimits } from "./rate-limits.ts";
import { ReadyLanes } from "./ready-lanes.ts";
import type { RunningLane } from "./running-lane.ts";

const roomy = { perProcess: 1000, perTenant: 1000, perOrigin: 1000 };

function aSetting(perTenantPerSecond: number | null = null) {
  const time = { nowMs: 1000 };
  const nowMs = (): number => time.nowMs;
  const rates = new RateLimits({ nowMs, perTenantPerSecond });
  const clock = { steadyMs: nowMs, wallMs: nowMs };
  const table = new LaneTable({ clock, shards: soleShard(clock) });
  let number = 0;
  const aLane = (rateLimit: RateLimit | null, tenant = "default"): RunningLane => {
    number += 1;
    return table.of({ ...endpointDefaults, number, tenant, rateLimit, url: `http://127.0.0.${number}/` } as Endpoint);
  };
  return { rates, aLane, time, nowMs };
}

it("an endpoint without a rate may always send, and is not remembered", () => {
  const { rates, aLane, time } = aSetting();
  const running = aLane(null);
  for (let count = 0; count < 1000; count++) rates.took(running);
  assert.deepEqual([rates.laneMayAtMs(running, time.nowMs), rates.size], [1000, 0]);
});

it("an endpoint waits for its own tokens, and for nobody else's", () => {
  const { rates, aLane, time } = aSetting();
  const [one, other] = [aLane({ perSecond: 10, burst: 2 }), aLane({ perSecond: 10, burst: 2 })];
  rates.took(one);
  rates.took(one);
  assert.deepEqual(
    [one, other].map((running) => rates.laneMayAtMs(running, time.nowMs)),
    [1100, 1000],
  );
  time.nowMs = 1100;
  assert.equal(rates.laneMayAtMs(one, time.nowMs), 1100);
});

it("what did not go after all is given back, and no more than the burst", () => {
  const { rates, aLane, time } = aSetting(1000);
  const running = aLane({ perSecond: 1, burst: 1 });
  rates.took(running);
  assert.equal(rates.laneMayAtMs(running, time.nowMs), 2000);
  rates.gaveBack(running);
  rates.gaveBack(running);
  rates.took(running);
  assert.equal(rates.laneMayAtMs(running, time.nowMs), 2000);
});

it("another rate of an endpoint holds from its next turn", () => {
  const { rates, aLane, time } = aSetting();
  const running = aLane({ perSecond: 0.01, burst: 1 });
  rates.took(running);
  assert.equal(rates.laneMayAtMs(running, time.nowMs), 101_000);
  running.endpoint = { ...running.endpoint, rateLimit: { perSecond: 100, burst: 1 } };
  assert.equal(rates.laneMayAtMs(running, time.nowMs), 1010);
  running.endpoint = { ...running.endpoint, rateLimit: null };
  assert.equal(rates.laneMayAtMs(running, time.nowMs), 1000);
});

it("a replay has the tokens that the lane has no use for", () => {
  const { rates, aLane, time } = aSetting();
  const running = aLane({ perSecond: 10, burst: 1 });
  rates.took(running);
  running.lane.caughtUp = false;
  rates.laneMayAtMs(running, time.nowMs);
  time.nowMs = 1100;
  assert.ok(rates.replayMayAtMs(running, time.nowMs) > 1100, "the lane waits for this token");
  running.lane.caughtUp = true;
  rates.laneMayAtMs(running, time.nowMs);
  assert.equal(rates.replayMayAtMs(running, time.nowMs), 1100);
  rates.took(running);
  assert.equal(rates.replayMayAtMs(running, time.nowMs), 1200);
});

it("buckets that are full again are forgotten, and those that are not are kept, whatever becomes of their lanes", () => {
  const { rates, aLane, time } = aSetting(10);
  const [quick, slow] = [aLane({ perSecond: 10, burst: 2 }), aLane({ perSecond: 0.01, burst: 2 }, "other")];
  for (const running of [quick, slow]) rates.took(running);
  assert.equal(rates.size, 4);
  time.nowMs += 1000;
  rates.forgetFull();
  assert.equal(rates.size, 1);
  rates.took(slow);
  assert.ok(rates.laneMayAtMs(slow, time.nowMs) > time.nowMs + 90_000, "the token is still gone");
});

it("the lanes of a tenant share its rate in turns, and other tenants do not wait", () => {
  const { rates, aLane, nowMs, time } = aSetting(10);
  const ready = new ReadyLanes(roomy, { rates, nowMs, onReady: () => {} });
  const flooding = Array.from({ length: 3 }, () => aLane(null, "flooding"));
  const quiet = aLane(null, "quiet");
  for (const running of flooding) ready.add(running);
  const sent: RunningLane[] = [];
  const sendAll = (): void => {
    for (let running = ready.next(); running !== undefined; running = ready.next()) {
      ready.started(running, false);
      sent.push(running);
      ready.add(running);
    }
  };
  sendAll();
  assert.deepEqual(sent, flooding.slice(0, 2), "the burst of ten a second is two");
  ready.add(quiet);
  const first = ready.next();
  assert.equal(first, quiet);
  assert.ok(ready.replayMayAtMs(flooding[0]!, time.nowMs) > time.nowMs);
  assert.equal(ready.replayMayAtMs(quiet, time.nowMs), time.nowMs);
  ready.close();
});
