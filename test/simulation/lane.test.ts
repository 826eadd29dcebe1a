/**
 * The lane's state machine through virtual days: random receivers, crashes at any point, people and retention. Every
 * scenario is checked for all invariants as it runs (`watch.ts`, `world.ts`); each test aims at one of them.
 * `TEST_PROPERTY_RUNS` sets how many scenarios each property tries; fast-check prints the seed of one that fails.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limits } from "../../src/core/limits.ts";
import { defaultRetryPolicy } from "../../src/core/retry-policy.ts";
import { anEndpointPlan, aScenario, endpointOf, fate, hastyMs, people, play, type Scenario } from "./scenario.ts";
import { World } from "./world.ts";

const numRuns = Number(process.env.TEST_PROPERTY_RUNS ?? 100);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** So few that the page overflows, its horizon moves and rows are loaded in parts in nearly every scenario. */
(limits as { parkedInMemory: number }).parkedInMemory = 4;

const anything = fc.oneof({ weight: 2, arbitrary: fate }, { weight: 1, arbitrary: people });
const aFateful = aScenario(fate);
const aLively = aScenario(anything);

const holds = (scenario: fc.Arbitrary<Scenario>, check: (scenario: Scenario) => void): void =>
  fc.assert(fc.property(scenario, check), { numRuns, endOnFailure: process.env.CI !== undefined });

test("nothing accepted is lost, whatever receivers do and whenever the process dies", () => {
  holds(aFateful, (scenario) => {
    play(scenario);
  });
});

test("nothing accepted is lost, whatever people and retention do besides", () => {
  holds(aLively, (scenario) => {
    play(scenario);
  });
});

test("attempts by hand that race with automatic ones lose nothing, and undo nothing", () => {
  const retries = people.filter((step) => step.do === "retry");
  const appends = fate.filter((step) => step.do === "append");
  const step = fc.oneof(
    { weight: 5, arbitrary: retries },
    { weight: 2, arbitrary: appends },
    { weight: 1, arbitrary: anything },
  );
  const moods = fc.array(
    fc.record({ afterMs: hastyMs, mood: fc.constantFrom("broken", "slow", "flaky", "hanging", "well") }),
    { maxLength: 10 },
  );
  const plan = fc.tuple(anEndpointPlan, moods).map(([base, phases]) => ({ ...base, moods: phases }));
  holds(aScenario(step, { plan, afterMs: hastyMs, stepsMax: 80 }), (scenario) => {
    play(scenario);
  });
});

test("a seek loses nothing but what it passes, at whatever moment it comes and whenever the process dies", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: people.filter((other) => other.do === "seek") },
    { weight: 3, arbitrary: anything },
  );
  const moods = fc.array(
    fc.record({ afterMs: hastyMs, mood: fc.constantFrom("broken", "slow", "flaky", "hanging", "well") }),
    { maxLength: 10 },
  );
  const plan = fc.tuple(anEndpointPlan, moods).map(([base, phases]) => ({ ...base, moods: phases }));
  let sentAgain = 0;
  holds(aScenario(step, { plan, afterMs: fc.oneof(hastyMs, fc.nat({ max: hourMs })), stepsMax: 60 }), (scenario) => {
    const world = play(scenario, { commitsBetweenAudits: 1 });
    if (world.seeks > 0) sentAgain += world.duplicates;
  });
  if (numRuns >= 100) assert.ok(sentAgain > 0, "no seek made anything be sent again: this test tests nothing");
});

test("after a seek everything beyond is sent again, and what was parked at or below it is finished", () => {
  const plan = { takesEvery: 2, maxInFlight: 8, disableAfterMs: null, poisonEvery: null, delaysMs: [20_000, 60_000] };
  const moods = [
    { afterMs: 0, mood: "broken" as const },
    { afterMs: 10_000, mood: "well" as const },
  ];
  const world = new World([endpointOf({ ...plan, moods }, 1)], { seed: 1, commitsBetweenAudits: 1 });
  const { delivered, rows } = world.store.lane(1);
  world.append(8);
  world.time.runUntil(world.time.nowMs + 4_000);
  assert.deepEqual([...rows.keys()].sort(), [2, 4, 6, 8]);
  world.process?.seek(1, 5);
  world.time.runUntil(world.time.nowMs + 4_000);
  assert.deepEqual([...rows.keys()].sort(), [2, 4, 6, 8], "those beyond were sent again, and failed again");
  world.time.runUntil(world.time.nowMs + hourMs);
  assert.deepEqual([...delivered].sort(), [2, 4, 6, 8]);
  const before = world.sends;
  world.process?.seek(1, 3);
  world.time.runUntil(world.time.nowMs + hourMs);
  assert.equal(world.sends - before, 3);
  assert.deepEqual([...delivered].sort(), [2, 4, 6, 8]);
});

test("replays that race with everything else lose nothing, and undo nothing", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: people.filter((other) => other.do === "replay") },
    { weight: 3, arbitrary: anything },
  );
  let attempts = 0;
  holds(aScenario(step, { afterMs: fc.oneof(hastyMs, fc.nat({ max: hourMs })), stepsMax: 60 }), (scenario) => {
    attempts += play(scenario, { commitsBetweenAudits: 1 }).replayed;
  });
  if (numRuns >= 100) assert.ok(attempts > 0, "nothing was replayed: this test tests nothing");
});

test("outcome, next due time and cursor agree: after every commit, what is durable accounts for every event", () => {
  holds(aLively, (scenario) => {
    play(scenario, { commitsBetweenAudits: 1 });
  });
});

test("duplicates are bounded: after a crash only what was in flight or not journalled is sent again", () => {
  let duplicates = 0;
  holds(aFateful, (scenario) => {
    const world = play(scenario);
    duplicates += world.duplicates;
    assert.ok(world.duplicates <= world.atRisk, `${world.duplicates} duplicates, ${world.atRisk} were at risk`);
  });
  if (numRuns >= 100)
    assert.ok(duplicates > 0, "no crash came between a send and its journal: this test tests nothing");
});

test("without a crash nothing is taken twice", () => {
  const appends = fate.filter((step) => step.do === "append");
  holds(aScenario(appends), (scenario) => assert.equal(play(scenario).duplicates, 0));
});

test("the window and the breaker hold: through outages, and no attempt in a pause that the receiver asked for", () => {
  const moods = fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 6 * hourMs }),
      mood: fc.constantFrom("broken", "hanging", "rateLimiting", "unreachable", "flaky", "well"),
    }),
    { minLength: 2, maxLength: 8 },
  );
  const plan = fc.tuple(anEndpointPlan, moods).map(([base, phases]) => ({ ...base, moods: phases }));
  holds(aScenario(anything, { plan }), (scenario) => {
    play(scenario);
  });
});

test("what was given up in an outage is sent again when it ends, and delivered", () => {
  const short = fc.constantFrom([], [1_000], [1_000, 60_000], defaultRetryPolicy.delaysMs);
  const plan = fc.tuple(anEndpointPlan, short, fc.integer({ min: 1, max: 8 * 24 })).map(([base, delaysMs, hours]) => ({
    ...base,
    delaysMs,
    poisonEvery: null,
    moods: [
      { afterMs: hourMs, mood: "broken" as const },
      { afterMs: hours * hourMs, mood: "well" as const },
    ],
  }));
  let outages = 0;
  holds(aScenario(fate, { plan }), (scenario) => {
    const world = play(scenario);
    for (const { number } of world.endpoints) {
      const { recoveries, rows } = world.store.lane(number);
      outages += recoveries.length;
      for (const { sinceMs, atMs } of recoveries) {
        const left = [...rows.values()].filter((row) => row.dueAtMs >= sinceMs && row.dueAtMs <= atMs);
        assert.deepEqual(left, [], `given up in an outage that ended at ${atMs}`);
      }
    }
  });
  if (numRuns >= 100) assert.ok(outages > 0, "no outage ended: this test tests nothing");
});

test("an outage uses up no retry schedule before its time: a quiet endpoint that is back on the third day gets its events", () => {
  const endpoint = endpointOf(
    {
      takesEvery: 1,
      maxInFlight: 8,
      delaysMs: defaultRetryPolicy.delaysMs,
      disableAfterMs: null,
      poisonEvery: null,
      moods: [
        { afterMs: 0, mood: "broken" },
        { afterMs: 40 * hourMs, mood: "well" },
      ],
    },
    1,
  );
  const world = new World([endpoint], { seed: 1 });
  world.append(3);
  world.time.runUntil(world.time.nowMs + 3 * dayMs);
  assert.deepEqual([...world.store.lane(1).delivered].sort(), [1, 2, 3]);
});

test("an endpoint that is back is found well though everything is exhausted and no event comes, and is sent all of it", () => {
  const moods = [
    { afterMs: 0, mood: "broken" as const },
    { afterMs: 2 * hourMs, mood: "well" as const },
  ];
  const plan = { takesEvery: 1, maxInFlight: 8, delaysMs: [1_000], disableAfterMs: null, moods };
  for (let seed = 1; seed <= 5; seed++) {
    const world = new World([endpointOf({ ...plan, poisonEvery: 7 }, 1)], { seed, commitsBetweenAudits: 1 });
    const { delivered, rows } = world.store.lane(1);
    world.append(20);
    world.time.runUntil(world.time.nowMs + hourMs);
    assert.equal(delivered.size, 0);
    world.time.runUntil(world.time.nowMs + 2 * hourMs);
    assert.equal(delivered.size, 18, `with seed ${seed}`);
    assert.deepEqual([...rows.keys()].sort(), [14, 7]);
    const before = world.sends;
    world.time.runUntil(world.time.nowMs + 10 * dayMs);
    assert.equal(world.sends - before, 0, "an endpoint that is well is not probed");
  }
});

test("an event that always fails does not keep a quiet endpoint that is well from its other events", () => {
  const endpoint = endpointOf(
    {
      takesEvery: 1,
      maxInFlight: 8,
      delaysMs: Array.from({ length: 50 }, () => 10_000),
      disableAfterMs: null,
      poisonEvery: 5,
      moods: [],
    },
    1,
  );
  const world = new World([endpoint], { seed: 1 });
  world.append(5);
  world.time.runUntil(world.time.nowMs + 5 * 60_000);
  world.append(4);
  world.time.runUntil(world.time.nowMs + 20 * 60_000);
  assert.deepEqual([...world.store.lane(1).delivered].sort(), [1, 2, 3, 4, 6, 7, 8, 9]);
});

test("a backlog costs nothing: a lane that falls a million events behind a dead endpoint stays as small as it was", () => {
  const plan = { takesEvery: 1, maxInFlight: 64, disableAfterMs: null, poisonEvery: null };
  const dead = endpointOf({ ...plan, delaysMs: [60_000, hourMs], moods: [{ afterMs: 0, mood: "hanging" }] }, 1);
  const well = endpointOf({ ...plan, delaysMs: [], takesEvery: 10_000, moods: [] }, 2);
  const world = new World([dead, well], { seed: 1, commitsBetweenAudits: Number.POSITIVE_INFINITY });
  for (let minute = 0; minute < 1_000; minute++) {
    world.append(1_000);
    world.time.runUntil(world.time.nowMs + 60_000);
  }
  const { record, rows } = world.store.lane(1);
  assert.equal(world.store.dispatchedTo, 1_000_000);
  assert.ok(record.readPosition < 1_000, `it read up to ${record.readPosition}`);
  assert.ok(rows.size < 200, `it has ${rows.size} rows`);
  assert.ok(record.pending.length <= 1);
  const { peaks } = world;
  assert.ok(
    peaks.pageRows <= limits.parkedInMemory && peaks.flights <= 64 && peaks.unsent === 0,
    JSON.stringify(peaks),
  );
  assert.equal(world.store.lane(2).delivered.size, 100, "the other endpoint was not harmed");
});

test("more parked deliveries than memory holds are all sent again, in parts", () => {
  const delaysMs = [5_000, 300_000, 1_800_000];
  const plan = { takesEvery: 1, maxInFlight: 32, disableAfterMs: null, poisonEvery: 2, delaysMs };
  for (let seed = 1; seed <= 5; seed++) {
    const world = new World([endpointOf({ ...plan, moods: [] }, 1)], { seed });
    world.append(300);
    world.runUntilQuiet(world.time.nowMs + 100 * dayMs);
    const { delivered, rows, attempts } = world.store.lane(1);
    assert.equal(delivered.size, 150);
    assert.equal(rows.size, 150);
    for (const { position, state } of rows.values()) {
      assert.equal(state, "exhausted");
      assert.ok(attempts.get(position)! >= 4, `event ${position} was tried ${attempts.get(position)} times`);
    }
  }
});
