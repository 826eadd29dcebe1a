import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ParkedState } from "../../src/core/delivery.ts";
import type { ParkedChange } from "../../src/core/lane.ts";
import { applyChange, type ParkedRows } from "../../src/log/memory/parked-changes.ts";
import { changesInStages } from "../../src/log/postgres/changes-in-stages.ts";
import { aRow } from "../conformance/builders.ts";

const states: ParkedState[] = ["sending", "retrying", "held", "blocked", "exhausted", "cancelled"];
const position = fc.integer({ min: 1, max: 5 });
const change: fc.Arbitrary<ParkedChange> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ position, state: fc.constantFrom(...states), dueAtMs: fc.integer({ min: 0, max: 9 }) })
      .map((members): ParkedChange => ({ do: "park", row: aRow({ ...members, key: members.position % 3 }) })),
  },
  { weight: 2, arbitrary: position.map((position): ParkedChange => ({ do: "unpark", position })) },
  position.map((position): ParkedChange => ({ do: "cancelBeyond", position })),
  fc
    .record({ sinceMs: fc.integer({ min: 0, max: 9 }), isOrdered: fc.boolean() })
    .map(({ isOrdered, sinceMs }): ParkedChange => {
      const revive = { do: "revive", dueAtMs: 3, sinceMs } as const;
      return isOrdered ? { ...revive, isOrdered } : revive;
    }),
  fc.constantFrom<ParkedChange[]>({ do: "cancelAll" }, { do: "holdAll" }, { do: "releaseAll" }, { do: "unblockAll" }),
);
const changes = fc.array(fc.record({ endpointNumber: fc.integer({ min: 1, max: 3 }), change }), { maxLength: 30 });

const rowsOf = (all: Map<number, ParkedRows>, endpointNumber: number): ParkedRows => {
  const rows = all.get(endpointNumber) ?? new Map();
  all.set(endpointNumber, rows);
  return rows;
};
const plain = (all: Map<number, ParkedRows>) =>
  [...all]
    .filter(([, rows]) => rows.size > 0)
    .sort(([left], [right]) => left - right)
    .map(([endpointNumber, rows]) => [endpointNumber, [...rows.values()].sort((a, b) => a.position - b.position)]);

test("stages, whose rows and endpoints may come in any order, do what the changes do in theirs", () => {
  fc.assert(
    fc.property(changes, changes, (before, batch) => {
      const expected = new Map<number, ParkedRows>();
      const staged = new Map<number, ParkedRows>();
      for (const { endpointNumber, change } of before) {
        applyChange(rowsOf(expected, endpointNumber), change);
        applyChange(rowsOf(staged, endpointNumber), change);
      }
      for (const { endpointNumber, change } of batch) applyChange(rowsOf(expected, endpointNumber), change);
      for (const { rows, masses } of changesInStages(batch)) {
        for (const { endpointNumber, position, row } of rows.toReversed()) {
          const change: ParkedChange = row === null ? { do: "unpark", position } : { do: "park", row };
          applyChange(rowsOf(staged, endpointNumber), change);
        }
        for (const { endpointNumber, change } of masses.toReversed()) {
          applyChange(rowsOf(staged, endpointNumber), change);
        }
        assert.equal(new Set(masses.map(({ endpointNumber }) => endpointNumber)).size, masses.length);
      }
      assert.deepEqual(plain(staged), plain(expected));
    }),
  );
});

test("rows alone are one stage, each with its last state, in one order for everybody", () => {
  const park = (endpointNumber: number, position: number, attempts: number) =>
    ({ endpointNumber, change: { do: "park", row: aRow({ position, attempts }) } }) as const;
  const stages = changesInStages([
    park(2, 5, 1),
    park(1, 9, 1),
    park(1, 3, 1),
    { endpointNumber: 1, change: { do: "unpark", position: 9 } },
    park(1, 3, 2),
  ]);
  assert.deepEqual(stages, [
    {
      rows: [
        { endpointNumber: 1, position: 3, row: aRow({ position: 3, attempts: 2 }) },
        { endpointNumber: 1, position: 9, row: null },
        { endpointNumber: 2, position: 5, row: aRow({ position: 5 }) },
      ],
      masses: [],
    },
  ]);
});
