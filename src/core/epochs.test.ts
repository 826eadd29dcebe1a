import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeCursor } from "./cursor.ts";
import { addEpoch, cursorAt, type Epochs, epochsKeptMax, makeEpochId, placeOf } from "./epochs.ts";

const at = (seconds: number, last: string | null = null): string =>
  makeEpochId(seconds * 1000, new Uint8Array([0xab, 0xcd]), last);

/** A log and its copy, each with the events that it gave its positions to. */
interface Life {
  readonly epochs: Epochs;
  readonly events: readonly string[];
}

const opened = (life: Life, seconds: number, tag: number): Life => {
  const id = makeEpochId(seconds * 1000, new Uint8Array([tag >> 8, tag & 255]), life.epochs.at(-1)?.id ?? null);
  return { ...life, epochs: addEpoch(life.epochs, life.events.length, id) };
};

const appended = (life: Life, count: number, name: string): Life => ({
  ...life,
  events: [...life.events, ...Array.from({ length: count }, (_, index) => `${name}${index}`)],
});

const placeIn = (life: Life, text: string) => {
  const cursor = decodeCursor(text);
  if (cursor === null) throw new Error("no cursor");
  return placeOf(life.epochs, life.events.length, cursor);
};

test("a position has one cursor, before and after any number of restarts", () => {
  let life = appended(opened({ epochs: [], events: [] }, 1, 1), 5, "a");
  const before = [0, 1, 5].map((position) => cursorAt(life.epochs, position));
  life = appended(opened(opened(life, 2, 2), 3, 3), 5, "b");
  assert.deepEqual(
    [0, 1, 5].map((position) => cursorAt(life.epochs, position)),
    before,
  );
  for (const [index, position] of [0, 1, 5].entries()) {
    assert.deepEqual(placeIn(life, before[index] ?? ""), { kind: "position", position });
  }
});

test("a cursor of an epoch that was begun after the copy is told where the copy went another way", () => {
  const original = appended(opened({ epochs: [], events: [] }, 1, 1), 6, "a");
  const beyond = appended(original, 4, "b");
  const later = appended(opened(beyond, 5, 2), 3, "c");
  const restored = appended(opened(original, 9, 3), 9, "d");
  assert.deepEqual(placeIn(restored, cursorAt(beyond.epochs, 10)), { kind: "forked", resumeAfter: 6 });
  assert.deepEqual(placeIn(restored, cursorAt(later.epochs, 12)), { kind: "forked", resumeAfter: 6 });
  assert.deepEqual(placeIn(restored, cursorAt(original.epochs, 6)), { kind: "position", position: 6 });
});

test("a cursor of a copy that was opened elsewhere passes over nothing of the log that went on", () => {
  const before = appended(opened({ epochs: [], events: [] }, 1, 1), 6, "a");
  const original = appended(opened(before, 5, 2), 9, "b");
  const copy = appended(opened({ ...original, events: original.events.slice(0, 8) }, 9, 3), 9, "c");
  assert.deepEqual(placeIn(original, cursorAt(copy.epochs, 8)), { kind: "position", position: 8 });
  assert.deepEqual(placeIn(original, cursorAt(copy.epochs, 12)), { kind: "forked", resumeAfter: 6 });
});

test("an epoch that gave no position is forgotten when the next begins, but not the first", () => {
  let epochs = addEpoch([], 0, "1");
  assert.deepEqual(epochs, [{ id: "1", after: 0 }]);
  epochs = addEpoch(addEpoch(epochs, 0, "2"), 0, "3");
  assert.deepEqual(
    epochs.map(({ id }) => id),
    ["1", "3"],
  );
  epochs = addEpoch(addEpoch(addEpoch(epochs, 5, "4"), 5, "5"), 6, "6");
  assert.deepEqual(epochs, [
    { id: "1", after: 0 },
    { id: "3", after: 0 },
    { id: "5", after: 5 },
    { id: "6", after: 6 },
  ]);
});

test("of very many epochs the newest are kept, and a cursor of a forgotten one loses nothing", () => {
  let life = opened({ epochs: [], events: [] }, 1, 0);
  const given: string[] = [];
  for (let index = 1; index <= epochsKeptMax + 5; index++) {
    life = opened(appended(life, 1, `${index}`), index + 1, 0);
    given.push(cursorAt(life.epochs, index));
  }
  assert.equal(life.epochs.length, epochsKeptMax);
  const oldest = life.epochs[0]?.after ?? 0;
  assert.deepEqual(placeIn(life, given[0] ?? ""), { kind: "forked", resumeAfter: 1 });
  assert.deepEqual(placeIn(life, given[oldest + 1] ?? ""), { kind: "position", position: oldest + 2 });
});

type Step = { do: "append"; count: number } | { do: "restart" } | { do: "backup" } | { do: "restore"; which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("append" as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constant("restart" as const) }),
    fc.record({ do: fc.constant("backup" as const) }),
    fc.record({ do: fc.constant("restore" as const), which: fc.nat(5) }),
  ),
  { maxLength: 20 },
);

test("however often a log is restarted and restored, no cursor that it ever gave passes over an event", () => {
  fc.assert(
    fc.property(steps, (script) => {
      let life = opened({ epochs: [], events: [] }, 1, 0);
      const backups = [life];
      const given: { text: string; seen: readonly string[] }[] = [];
      for (const [index, step] of script.entries()) {
        if (step.do === "append") life = appended(life, step.count, `${index}-`);
        else if (step.do === "backup") backups.push(life);
        else {
          // What was copied after the copy that is restored is of a line that was given up.
          if (step.do === "restore") backups.length = (step.which % backups.length) + 1;
          const from = step.do === "restart" ? life : (backups.at(-1) as Life);
          life = opened(from, index + 2, index + 1);
        }
        given.push({ text: cursorAt(life.epochs, life.events.length), seen: life.events });
      }
      for (const { text, seen } of given) {
        const place = placeIn(life, text);
        const from = place.kind === "position" ? place.position : place.resumeAfter;
        for (const event of life.events.slice(0, from)) assert.ok(seen.includes(event), `${event} was passed over`);
      }
    }),
    { numRuns: 2000 },
  );
});

test("ids of later epochs sort later, also when the clock steps back", () => {
  const first = at(1000);
  assert.ok(at(1001, first) > first);
  assert.ok(at(3, first) > first);
  assert.ok(at(1000, first) > first);
  assert.match(first, /^[0-9a-f]{12}$/);
});
