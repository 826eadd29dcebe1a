import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type EventType, versionOf, versionPath } from "./event-type.ts";

const names = ["1", "2", "3", "4", "5"];

/** Whose transforms are these ways, from one version to another. */
const aType = (ways: readonly (readonly [from: string, to: string])[]): EventType => ({
  name: "a",
  description: "",
  group: null,
  archived: false,
  validate: "none",
  versions: names.map((version) => ({
    version,
    description: "",
    transforms: Object.fromEntries(
      ways.filter(([, to]) => to === version).map(([from]) => [from, `${from}>${version}`]),
    ),
  })),
  createdAtMs: 0,
  updatedAtMs: 0,
});

/** By trying every way of so many steps. */
function fewest(ways: readonly (readonly [string, string])[], from: string, to: string): number | null {
  let reached = new Set([from]);
  for (let steps = 0; steps <= names.length; steps++) {
    if (reached.has(to)) return steps;
    reached = new Set([...reached].flatMap((at) => ways.filter(([start]) => start === at).map(([, end]) => end)));
  }
  return null;
}

describe("the way from one version to another", () => {
  it("is a chain of the fewest steps, or none where there is none", () => {
    const version = fc.constantFrom(...names);
    fc.assert(
      fc.property(fc.array(fc.tuple(version, version)), version, version, (ways, from, to) => {
        const path = versionPath(aType(ways), from, to);
        assert.equal(path === null ? null : path.length, fewest(ways, from, to));
        let at = from;
        for (const step of path ?? []) {
          assert.equal(step.transform, `${at}>${step.to}`);
          at = step.to;
        }
        if (path !== null) assert.equal(at, to);
      }),
    );
  });

  it("begins at the first version for what names none", () => {
    assert.equal(versionOf(aType([]), null)?.version, "1");
    assert.equal(versionOf(aType([]), "4")?.version, "4");
    assert.equal(versionOf(aType([]), "6"), undefined);
    assert.equal(versionOf({ ...aType([]), versions: [] }, null), undefined);
  });
});
