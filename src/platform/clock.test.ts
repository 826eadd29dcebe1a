import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClockSources, systemClock } from "./clock.ts";

function aMachine() {
  const machine = { wall: 1_700_000_000_000, monotonic: 5000, uptime: 90_000, uptimeReads: 0 };
  const sources: ClockSources = {
    wallMs: () => machine.wall,
    monotonicMs: () => machine.monotonic,
    uptimeMs: () => {
      machine.uptimeReads += 1;
      return machine.uptime;
    },
  };
  const pass = (milliseconds: number) => {
    machine.wall += milliseconds;
    machine.monotonic += milliseconds;
    machine.uptime += milliseconds;
  };
  const suspend = (milliseconds: number) => {
    machine.wall += milliseconds;
    machine.uptime += milliseconds;
  };
  return { machine, pass, suspend, clock: systemClock(sources) };
}

test("the steady clock begins at the wall's time and counts what passes", () => {
  const { clock, pass } = aMachine();
  assert.equal(clock.steadyMs(), 1_700_000_000_000);
  pass(1234.9);
  assert.equal(clock.steadyMs(), 1_700_000_001_234);
});

test("the steady clock follows no step of the wall clock, forward or back", () => {
  const { clock, machine, pass } = aMachine();
  machine.wall += 3_600_000;
  pass(10_000);
  assert.equal(clock.steadyMs(), 1_700_000_010_000);
  machine.wall -= 7_200_000;
  pass(10_000);
  assert.equal(clock.steadyMs(), 1_700_000_020_000);
  assert.equal(clock.wallMs(), machine.wall);
});

test("the steady clock moves forward by the time that the machine was suspended, once for each suspension", () => {
  const { clock, pass, suspend } = aMachine();
  pass(10_000);
  suspend(8 * 3_600_000);
  pass(1000);
  assert.equal(clock.steadyMs(), 1_700_000_011_000 + 8 * 3_600_000);
  pass(5000);
  assert.equal(clock.steadyMs(), 1_700_000_016_000 + 8 * 3_600_000);
  suspend(60_000);
  pass(1000);
  assert.equal(clock.steadyMs(), 1_700_000_017_000 + 8 * 3_600_000 + 60_000);
});

test("a coarse uptime is not taken for a suspension, and short ones add up until they show", () => {
  const { clock, machine, pass, suspend } = aMachine();
  for (let i = 0; i < 100; i++) {
    pass(1500);
    machine.uptime = Math.round(machine.uptime / 1000) * 1000;
    clock.steadyMs();
    machine.uptime = 90_000 + (i + 1) * 1500;
  }
  assert.equal(clock.steadyMs(), 1_700_000_000_000 + 100 * 1500);
  suspend(1200);
  pass(1500);
  clock.steadyMs();
  suspend(1200);
  pass(1500);
  assert.equal(clock.steadyMs(), 1_700_000_000_000 + 102 * 1500 + 2400);
});

test("the steady clock never goes back, even where its sources do", () => {
  const { clock, machine, pass } = aMachine();
  pass(5000);
  const before = clock.steadyMs();
  machine.monotonic -= 3000;
  machine.uptime -= 60_000;
  assert.equal(clock.steadyMs(), before);
  pass(10_000);
  assert.ok(clock.steadyMs() > before);
});

test("the uptime is read at most once a second", () => {
  const { clock, machine, pass } = aMachine();
  const before = machine.uptimeReads;
  for (let i = 0; i < 1000; i++) {
    pass(10);
    clock.steadyMs();
  }
  assert.equal(machine.uptimeReads - before, 10);
});

test("the machine's own clock runs", async () => {
  const clock = systemClock();
  const before = clock.steadyMs();
  assert.ok(Math.abs(before - Date.now()) < 1000);
  assert.ok(Number.isInteger(before));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(clock.steadyMs() > before);
});
