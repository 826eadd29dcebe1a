import assert from "node:assert/strict";
import { it } from "node:test";
import { getHeapSpaceStatistics } from "node:v8";
import { eventually } from "../testing/eventually.ts";
import { isWorthReleasing, releaseWhile } from "./release-memory.ts";

const megabyte = 1024 * 1024;

const youngMegabytes = (): number => {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
  return (young?.space_size ?? 0) / megabyte;
};

/** As requests do: much of what is made is forgotten soon, and a little is still there when V8 collects. */
async function untilYoungIs(megabytes: number): Promise<void> {
  const kept = new Array<unknown>(20_000);
  await eventually(`V8 has ${megabytes} MB of room for young objects`, () => {
    for (let made = 0; made < 20_000; made++) kept[made] = { made, of: [made] };
    return youngMegabytes() >= megabytes;
  });
}

it("a process that refuses everything gives back what V8 took for its garbage, and one that does not keeps it", async (context) => {
  let isRefusing = false;
  const timer = releaseWhile(() => isRefusing, 10);
  context.after(() => clearInterval(timer));
  await untilYoungIs(32);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(youngMegabytes() >= 32);
  isRefusing = true;
  await eventually("it is given back", () => youngMegabytes() < 8);
});

const spaces = (young: number, old: number) => [
  { space_name: "new_space", space_size: young * megabyte, space_used_size: 0 },
  { space_name: "old_space", space_size: old * megabyte, space_used_size: old * megabyte },
];

it("memory is released where that gives back much, and is not long for what it gives back", () => {
  assert.equal(isWorthReleasing(spaces(16, 25)), false);
  assert.equal(isWorthReleasing(spaces(32, 25)), true);
  assert.equal(isWorthReleasing(spaces(32, 65)), false);
  assert.equal(isWorthReleasing(spaces(128, 65)), true);
});
