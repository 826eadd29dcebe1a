import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fairShare, shardOf } from "./shard.ts";

describe("the share of shards that is fair", () => {
  it("is all of them for one process, and nothing for one that wants none", () => {
    assert.equal(fairShare("a", new Map([["a", 0]]), 64), 64);
    assert.equal(fairShare("b", new Map([["a", 0]]), 64), 0);
  });

  it("leaves the odd one to those that have most", () => {
    const holdings = new Map([
      ["a", 21],
      ["b", 22],
      ["c", 21],
    ]);
    assert.deepEqual(
      [...holdings.keys()].map((id) => fairShare(id, holdings, 64)),
      [21, 22, 21],
    );
  });

  it("adds up to all shards, and differs by one at most, whoever holds what", () => {
    const held = fc.array(fc.nat(64), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(held, (counts) => {
        const holdings = new Map(counts.map((count, index) => [`p${index}`, count]));
        const shares = [...holdings.keys()].map((id) => fairShare(id, holdings, 64));
        assert.equal(
          shares.reduce((sum, share) => sum + share, 0),
          64,
        );
        assert.ok(Math.max(...shares) - Math.min(...shares) <= 1);
      }),
    );
  });
});

it("endpoints that were made one after the other are in shards of their own", () => {
  const shards = new Set(Array.from({ length: 64 }, (_, index) => shardOf(1000 + index, 64)));
  assert.equal(shards.size, 64);
  assert.equal(shardOf(7, 1), 0);
});

it("a few endpoints are at all of a few processes, which hold shards that follow each other", () => {
  const endpoints = Array.from({ length: 12 }, (_, index) => shardOf(1 + index, 64));
  for (const processes of [2, 3, 4]) {
    const holders = endpoints.map((shard) => Math.floor((shard * processes) / 64));
    const most = Math.max(...Array.from({ length: processes }, (_, one) => holders.filter((at) => at === one).length));
    assert.ok(most <= 12 / processes + 1, `${most} of 12 at one of ${processes}`);
  }
});
