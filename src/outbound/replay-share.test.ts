import assert from "node:assert/strict";
import { it } from "node:test";
import { type Endpoint, endpointDefaults } from "../core/endpoint.ts";
import { soleShard } from "./held-shards.ts";
import { LaneTable } from "./lane-table.ts";
import { type Capacity, ReadyLanes, type Slot } from "./ready-lanes.ts";
import { ReplayShare } from "./replay-share.ts";
import type { RunningLane } from "./running-lane.ts";

const roomy: Capacity = { perProcess: 1000, perTenant: 1000, perOrigin: 1000 };
const clock = { steadyMs: () => 0, wallMs: () => 0 };
const table = new LaneTable({ clock, shards: soleShard(clock) });

let endpoints = 0;
const aLane = (tenant = "default", url = "http://127.0.0.1/"): RunningLane => {
  endpoints += 1;
  return table.of({ ...endpointDefaults, number: endpoints, tenant, url } as Endpoint);
};

/** Takes room until there is none. */
function takeAll(share: ReplayShare, running: RunningLane): Slot[] {
  const slots: Slot[] = [];
  for (let slot = share.take(running); slot !== null; slot = share.take(running)) slots.push(slot);
  return slots;
}

it("all together have a quarter of the process", () => {
  const share = new ReplayShare(new ReadyLanes({ ...roomy, perProcess: 40 }));
  assert.equal(takeAll(share, aLane("a")).length, 10);
  assert.equal(share.take(aLane("b", "http://127.0.0.2/")), null);
});

it("those of a tenant have half of it, and others theirs", () => {
  const share = new ReplayShare(new ReadyLanes({ ...roomy, perTenant: 6 }));
  assert.equal(takeAll(share, aLane("a")).length, 3);
  assert.equal(takeAll(share, aLane("b", "http://127.0.0.2/")).length, 3);
});

it("those of an origin have half of it, whoever's they are", () => {
  const share = new ReplayShare(new ReadyLanes({ ...roomy, perOrigin: 6 }));
  assert.equal(takeAll(share, aLane("a")).length, 3);
  assert.equal(share.take(aLane("b")), null);
});

it("they come after live attempts: where these and retries have all the room, there is none", () => {
  for (const capacity of [
    { ...roomy, perTenant: 6 },
    { ...roomy, perOrigin: 6 },
    { ...roomy, perProcess: 6 },
  ]) {
    const ready = new ReadyLanes(capacity);
    const running = aLane();
    const slots = Array.from({ length: 6 }, () => ready.started(running, false));
    const share = new ReplayShare(ready);
    assert.equal(share.take(running), null, JSON.stringify(capacity));
    for (const slot of slots) ready.ended(slot);
    assert.ok(share.take(running));
  }
  const ready = new ReadyLanes({ ...roomy, perProcess: 12 });
  for (let retries = 0; retries < 6; retries++) ready.started(aLane(), true);
  assert.equal(new ReplayShare(ready).take(aLane()), null, "the share of retries is full");
});

it("room that is given back can be taken again", () => {
  const ready = new ReadyLanes({ ...roomy, perTenant: 4 });
  const share = new ReplayShare(ready);
  const running = aLane();
  const [slot] = takeAll(share, running);
  assert.ok(slot);
  share.release(slot);
  ready.ended(slot);
  assert.equal(takeAll(share, running).length, 1);
});

it("however little the process may do, one can go", () => {
  const share = new ReplayShare(new ReadyLanes({ perProcess: 1, perTenant: 1, perOrigin: 1 }));
  assert.equal(takeAll(share, aLane()).length, 1);
});

it("while live events are sent they all go no faster than their pace, and as fast as they can when nothing else does", () => {
  const ready = new ReadyLanes({ ...roomy, perProcess: 1_000_000, perTenant: 1_000_000, perOrigin: 1_000_000 });
  const share = new ReplayShare(ready);
  const replayed = aLane();
  const sentBy = (untilMs: number, fromMs: number): number => {
    let sent = 0;
    for (let nowMs = fromMs; nowMs < untilMs; ) {
      const atMs = share.mayAtMs(replayed, nowMs);
      if (atMs > nowMs) {
        nowMs = atMs;
        continue;
      }
      if (sent === 10_000) return sent;
      const slot = share.take(replayed);
      assert.ok(slot);
      share.release(slot);
      ready.ended(slot);
      sent += 1;
    }
    return sent;
  };
  assert.equal(sentBy(100, 0), 10_000, "nothing else is sent");
  ready.ended(ready.started(aLane(), false));
  const beside = sentBy(1100, 1000);
  assert.ok(beside > 150 && beside <= 204, `${beside} in 100 ms`);
  assert.equal(sentBy(3000, 2900), 10_000, "nothing live for a while");
});
