import assert from "node:assert/strict";
import { it } from "node:test";
import { Intake } from "./intake.ts";

it("one source has half of the room at most, and others still get in", () => {
  const intake = new Intake({ requests: 4, bytes: 100 });
  const seats = [intake.enter(1, 0), intake.enter(1, 0)];
  assert.ok(seats.every((seat) => seat !== null));
  assert.equal(intake.enter(1, 0), null);
  assert.notEqual(intake.enter(2, 0), null);
  assert.notEqual(intake.enter(2, 0), null);
  assert.equal(intake.enter(3, 0), null);
  seats[0]?.leave();
  assert.notEqual(intake.enter(3, 0), null);
});

it("bytes count as they come; a promise alone takes no room, and one that cannot be kept is refused", () => {
  const intake = new Intake({ requests: 100, bytes: 100 });
  const first = intake.enter(1, 50);
  assert.equal(intake.enter(1, 51), null);
  assert.equal(intake.bytes, 0);
  assert.equal(first?.take(30), true);
  assert.equal(first?.take(21), false);
  assert.equal(intake.enter(1, 21), null);
  const second = intake.enter(2, 50);
  assert.equal(second?.take(50), true);
  assert.equal(intake.bytes, 80);
  first?.leave();
  second?.leave();
  assert.deepEqual([intake.bytes, intake.requests], [0, 0]);
});
