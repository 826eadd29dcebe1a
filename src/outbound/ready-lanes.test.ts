import assert from "node:assert/strict";
import { it } from "node:test";
import { type Endpoint, endpointDefaults } from "../core/endpoint.ts";
import { soleShard } from "./held-shards.ts";
import { LaneTable } from "./lane-table.ts";
import { type Capacity, ReadyLanes, type Slot } from "./ready-lanes.ts";
import type { RunningLane } from "./running-lane.ts";

const roomy: Capacity = { perProcess: 1000, perTenant: 1000, perOrigin: 1000 };
const clock = { steadyMs: () => 0, wallMs: () => 0 };
const table = new LaneTable({ clock, shards: soleShard(clock) });

let endpoints = 0;
const aLane = (tenant = "default", origin = `http://127.0.0.1:${endpoints + 1}`): RunningLane => {
  endpoints += 1;
  return table.of({ ...endpointDefaults, number: endpoints, tenant, url: `${origin}/` } as Endpoint);
};

/** Gives turns to lanes that always have more to send, until none may or `turns` were given. */
function sendAll(ready: ReadyLanes, turns: number, isRetry = false): { running: RunningLane; slot: Slot }[] {
  const sent: { running: RunningLane; slot: Slot }[] = [];
  for (let running = ready.next(); running !== undefined; running = sent.length < turns ? ready.next() : undefined) {
    sent.push({ running, slot: ready.started(running, isRetry) });
    ready.add(running);
  }
  return sent;
}

const countOf = (sent: readonly { running: RunningLane }[], tenant: string): number =>
  sent.filter(({ running }) => running.endpoint.tenant === tenant).length;

it("a tenant with a hundred endpoints has as many turns as one with a single endpoint", () => {
  const ready = new ReadyLanes(roomy);
  const flooding = Array.from({ length: 100 }, () => aLane("flooding"));
  for (const running of [...flooding, aLane("small")]) ready.add(running);
  const sent = sendAll(ready, 200);
  assert.deepEqual([countOf(sent, "flooding"), countOf(sent, "small")], [100, 100]);
  assert.equal(new Set(sent.map(({ running }) => running)).size, 101, "each endpoint of the large one had its turn");
});

it("a tenant has no more in flight than it may, and others go on", () => {
  const ready = new ReadyLanes({ ...roomy, perTenant: 5 });
  for (const tenant of ["one", "one", "other"]) ready.add(aLane(tenant));
  const sent = sendAll(ready, 100);
  assert.deepEqual([countOf(sent, "one"), countOf(sent, "other")], [5, 5]);
  ready.ended(sent.find(({ running }) => running.endpoint.tenant === "one")!.slot);
  assert.deepEqual(
    sendAll(ready, 100).map(({ running }) => running.endpoint.tenant),
    ["one"],
  );
});

it("an origin has no more in flight than it may, whoever's the endpoints are, and who waits for it holds up nobody", () => {
  const ready = new ReadyLanes({ ...roomy, perOrigin: 4 });
  const busy = "http://127.0.0.9:1";
  const lanes = [aLane("one", busy), aLane("other", busy), aLane("one"), aLane("other")];
  for (const running of lanes) ready.add(running);
  const sent = sendAll(ready, 100);
  const atBusy = sent.filter(({ running }) => running.origin === busy);
  assert.equal(atBusy.length, 4);
  assert.deepEqual(
    [2, 3].map((index) => sent.filter(({ running }) => running === lanes[index]).length),
    [4, 4],
  );
  ready.ended(atBusy[0]!.slot);
  const next = sendAll(ready, 100);
  assert.deepEqual(
    next.map(({ running }) => running.origin),
    [busy],
    "one ended, and one goes",
  );
});

it("retries have half of the process, and first attempts the rest at least", () => {
  const ready = new ReadyLanes({ ...roomy, perProcess: 10 });
  const failing = aLane("failing");
  ready.add(failing);
  const retries: Slot[] = [];
  for (let running = ready.next(); running !== undefined && ready.hasRetryRoom; running = ready.next()) {
    retries.push(ready.started(running, true));
    if (ready.hasRetryRoom) ready.add(running);
    else ready.waitForRetryRoom(running);
  }
  assert.equal(retries.length, 5);
  ready.add(aLane("healthy"));
  assert.equal(sendAll(ready, 100).length, 5);
  ready.ended(retries[0]!);
  assert.ok([ready.next(), ready.next()].includes(failing), "the room of a retry is the next retry's");
});
