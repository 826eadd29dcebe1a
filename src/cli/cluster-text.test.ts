import assert from "node:assert/strict";
import { it } from "node:test";
import type { Cluster, ClusterProcess } from "../sdk/wire.ts";
import { clusterText } from "./cluster-text.ts";

const aProcess = (members: Partial<ClusterProcess> = {}): ClusterProcess => ({
  id: "prc_1",
  name: "web-1/17",
  roles: ["api", "deliver", "receive"],
  started_at: "2026-01-31T12:00:00.123Z",
  silent_ms: 1200,
  shards: 64,
  dispatched_position: 100,
  lag_events: 0,
  ...members,
});

const aCluster = (members: Partial<Cluster> = {}): Cluster => ({
  answered_by: "prc_1",
  lease_ms: 12_000,
  head_position: 100,
  processes: [aProcess()],
  free: { shards: 0, dispatched_position: null, lag_events: 0 },
  oldest_undispatched: null,
  ...members,
});

const sentences = (cluster: Cluster, before: readonly Cluster[] = []): readonly string[] =>
  clusterText(cluster, { width: 120, before }).sentences;

it("a process is a row, and so are shards of nobody; a process without shards has no lag", () => {
  const front = aProcess({ id: "prc_2", name: "front", roles: ["api"], shards: 0, dispatched_position: null });
  const free = { shards: 3, dispatched_position: 90, lag_events: 10 };
  const { title, rows } = clusterText(aCluster({ processes: [aProcess(), front], free }), { width: 120, before: [] });
  assert.deepEqual(title.split(/ {2,}/), ["PROCESS", "ROLES", "UP SINCE", "HEARD OF", "SHARDS", "LAG", "ID"]);
  assert.deepEqual(
    rows.split("\n").map((row) => row.split(/ {2,}/)),
    [
      ["web-1/17", "all", "2026-01-31T12:00:00Z", "1.2s ago", "64", "0", "prc_1"],
      ["front", "api", "2026-01-31T12:00:00Z", "1.2s ago", "0", "-", "prc_2"],
      ["(nobody)", "-", "-", "-", "3", "10", "-"],
      [""],
    ],
  );
});

it("where nothing is wrong it says how far everything is", () => {
  assert.deepEqual(sentences(aCluster()), ["Every event was offered to every endpoint, up to position 100."]);
  const oldest = { position: 100, accepted_at: "2026-01-31T12:00:00Z", age_ms: 400 };
  assert.match(sentences(aCluster({ oldest_undispatched: oldest }))[0] ?? "", /came 0\.4s ago\.$/);
  assert.equal(sentences(aCluster({ lease_ms: null, processes: [aProcess({ silent_ms: 1e9 })] })).length, 1);
});

it("a process that missed a round is named, with when its shards go to others; then that they did", () => {
  const silentFor = (timeMs: number) =>
    sentences(aCluster({ processes: [aProcess({ silent_ms: timeMs, shards: 21 })] }));
  assert.match(silentFor(6000)[0] ?? "", /^Every event/);
  assert.equal(silentFor(8000)[0], "web-1/17 was not heard of for 8 s: others take its 21 shards over in 4 s.");
  assert.equal(silentFor(13_000)[0], "web-1/17 was not heard of for 13 s: its lease has run out.");
});

it("shards without a process, nobody who delivers, and an event that waits for long are wrong", () => {
  const free = { shards: 1, dispatched_position: 90, lag_events: 10 };
  assert.match(sentences(aCluster({ free }))[0] ?? "", /^1 shard without a process: nothing is sent/);
  const front = aCluster({ processes: [aProcess({ roles: ["api"], shards: 0 })], free });
  assert.deepEqual(sentences(front), ["No process has the role `deliver`: nothing is sent."]);
  const oldest = { position: 91, accepted_at: "2026-01-31T12:00:00Z", age_ms: 9000 };
  assert.match(sentences(aCluster({ oldest_undispatched: oldest }))[0] ?? "", /came 9\.0s ago, at position 91/);
});

it("a lag grows when each of six readings has more than the one before", () => {
  const readings = [1, 2, 3, 4, 5, 6].map((lag) => aCluster({ processes: [aProcess({ lag_events: lag })] }));
  const last = readings.at(-1) as Cluster;
  assert.deepEqual(sentences(last, readings.slice(0, -1)), ["The lag of web-1/17 grows: 6 events."]);
  assert.match(sentences(last, readings.slice(1, -1))[0] ?? "", /^Every event/);
  assert.match(sentences(readings[3] as Cluster, readings.slice(0, -1))[0] ?? "", /^Every event/);
});
