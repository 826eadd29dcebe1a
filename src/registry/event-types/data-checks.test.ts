import assert from "node:assert/strict";
import { it } from "node:test";
import type { EventTypeVersion } from "../../core/event-type.ts";
import { DataChecks } from "./data-checks.ts";

const aVersion = (descriptionLength: number): EventTypeVersion => ({
  version: "1",
  description: "",
  schema: { type: "object", description: "x".repeat(descriptionLength) },
  transforms: {},
});

it("every schema of a large catalogue stays compiled while events of all its types come in turn", () => {
  const checks = new DataChecks();
  const versions = Array.from({ length: 500 }, () => aVersion(100));
  const first = versions.map((version) => checks.of(version));
  assert.deepEqual(
    versions.map((version) => checks.of(version)),
    first,
  );
});

it("of large schemas only the latest used stay compiled, so that the catalogue does not fill the memory", () => {
  const checks = new DataChecks();
  const versions = Array.from({ length: 20 }, () => aVersion(60_000));
  const first = versions.map((version) => checks.of(version));
  const isKept = (index: number): boolean => checks.of(versions[index] as EventTypeVersion) === first[index];
  assert.deepEqual([isKept(19), isKept(5)], [true, true]);
  assert.equal(isKept(0), false);
});
