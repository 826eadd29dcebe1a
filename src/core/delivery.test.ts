import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DeliveryFacts,
  type DeliveryMove,
  type DeliveryState,
  deliveryMoves,
  deliveryState,
  nextDeliveryState,
} from "./delivery.ts";

const states: readonly DeliveryState[] = [
  "pending",
  "held",
  "sending",
  "retrying",
  "blocked",
  "exhausted",
  "delivered",
  "skipped",
  "cancelled",
];
const moves: readonly DeliveryMove[] = [
  "sent",
  "succeeded",
  "failed",
  "failedBehind",
  "failedLast",
  "failedInTheWay",
  "filtered",
  "cancelled",
  "revived",
  "due",
  "held",
  "unblocked",
];

/** The whole table once more, a line for each state, to be read beside the first. A dot: the move is illegal. */
const expected: Record<DeliveryState, string> = {
  //    sent succeeded failed failedBehind failedLast failedInTheWay filtered cancelled revived due held unblocked
  pending: "sending . . . . . skipped cancelled . . . .",
  held: "sending . . . . . . cancelled . retrying . .",
  sending: ". delivered retrying held exhausted blocked . cancelled . . . .",
  retrying: "sending . . . . . . cancelled . . held .",
  blocked: "sending . . . . . . cancelled retrying . . exhausted",
  exhausted: "sending . . . . . . cancelled retrying . . .",
  delivered: "sending . . . . . . . . . . .",
  skipped: "sending . . . . . . . . . . .",
  cancelled: "sending . . . . . . . . . . .",
};

test("every move of every state is legal or refused as the table says", () => {
  assert.deepEqual(Object.keys(deliveryMoves).sort(), [...states].sort());
  for (const state of states) {
    const row = expected[state].split(" ");
    moves.forEach((move, index) => {
      if (row[index] === ".")
        assert.throws(() => nextDeliveryState(state, move), /illegal move of a delivery/, `${state} ${move}`);
      else assert.equal(nextDeliveryState(state, move), row[index], `${state} ${move}`);
    });
  }
});

test("from every state a person can send a delivery again, but one that is on its way", () => {
  for (const state of states.filter((other) => other !== "sending"))
    assert.equal(nextDeliveryState(state, "sent"), "sending");
});

const facts = (changes: Partial<DeliveryFacts> = {}): DeliveryFacts => ({
  position: 50,
  cursor: 40,
  pending: [],
  readPosition: 60,
  inFlight: false,
  parked: null,
  delivered: false,
  attempted: false,
  matches: true,
  ...changes,
});

const parked = (state: "sending" | "retrying" | "exhausted") => ({
  position: 50,
  state,
  attempts: 1,
  step: 1,
  dueAtMs: 0,
});

test("a delivery's state is what the facts amount to", () => {
  assert.equal(deliveryState(facts({ inFlight: true, parked: parked("retrying"), delivered: true })), "sending");
  assert.equal(deliveryState(facts({ parked: parked("retrying"), attempted: true })), "retrying");
  assert.equal(deliveryState(facts({ parked: parked("exhausted"), attempted: true })), "exhausted");
  assert.equal(deliveryState(facts({ delivered: true, attempted: true })), "delivered");
  assert.equal(deliveryState(facts({ readPosition: 49 })), "pending");
  assert.equal(deliveryState(facts({ readPosition: 49, matches: false })), "skipped");
  assert.equal(deliveryState(facts({ pending: [50] })), "pending");
  assert.equal(deliveryState(facts({ attempted: true })), "cancelled");
  assert.equal(deliveryState(facts()), "skipped");
});

test("a row that says `sending` while nothing is in flight is from before a restart, and due again", () => {
  assert.equal(deliveryState(facts({ parked: parked("sending") })), "retrying");
});

test("a delivery that was parked again after it was delivered is what its row says", () => {
  assert.equal(deliveryState(facts({ parked: parked("retrying"), delivered: true })), "retrying");
});
