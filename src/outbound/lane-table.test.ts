import assert from "node:assert/strict";
import { it } from "node:test";
import { type Endpoint, endpointDefaults } from "../core/endpoint.ts";
import { eventOffered, eventsPassed } from "../core/lane.ts";
import { soleShard } from "./held-shards.ts";
import { LaneTable } from "./lane-table.ts";

it("a lane whose last record may not be in the store yet is not forgotten", () => {
  let nowMs = 0;
  const clock = { steadyMs: () => nowMs, wallMs: () => nowMs };
  const table = new LaneTable({ clock, shards: soleShard(clock) });
  const endpoint = { ...endpointDefaults, number: 1, url: "http://127.0.0.1/" } as Endpoint;
  const running = table.of(endpoint);
  eventOffered(running.lane, 1);
  const behind = table.takeRecord(1);
  assert.ok(behind?.behind);
  table.recordsStored([behind]);
  eventsPassed(running.lane, 1, true);
  const idle = table.takeRecord(1);
  assert.ok(idle);
  nowMs = 3_600_000;
  table.forgetIdle();
  assert.ok(table.get(1), "the store may refuse the record, and would keep the old one");
  table.recordsStored([idle]);
  table.forgetIdle();
  assert.equal(table.get(1), undefined);
});
