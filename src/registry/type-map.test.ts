import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { typeFilter } from "../core/filter.ts";
import { readTypeMap, typeMap } from "./type-map.ts";

const name = fc
  .array(fc.constantFrom("order", "paid", "item", "a"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("."));
const pattern = fc.oneof(name, fc.constantFrom("*", "order.*", "*.paid", "order.*.paid"));

describe("a map of types", () => {
  it("is the patterns that are true", () => {
    assert.deepEqual(readTypeMap({ "order.paid": true, "order.lost": false, "invoice.*": true }), {
      types: ["order.paid", "invoice.*"],
    });
    assert.deepEqual(readTypeMap({ "order.*": true, "order.paid": true, other: false }), { types: ["order.*"] });
  });

  it("is refused where it takes nothing, or takes what it says it does not", () => {
    const refused = (map: Record<string, boolean>): string | undefined => {
      const read = readTypeMap(map);
      return "refusal" in read ? read.refusal : undefined;
    };
    assert.match(refused({}) ?? "", /No type is true/);
    assert.match(refused({ "order.paid": false }) ?? "", /No type is true/);
    assert.match(refused({ "order.*": true, "order.paid": false }) ?? "", /`order.paid` is false, but `order.\*`/);
    assert.match(refused({ "*": true, "order.*": false }) ?? "", /`order.\*` is false, but `\*`/);
    assert.equal(refused({ "order.paid": true, "order.*": false }), undefined);
  });

  it("that was read says of every type offered whether the endpoint takes it, and means the same when it is sent back", () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 4 }), fc.array(name, { maxLength: 5 }), (types, offered) => {
        const map = typeMap(types, offered);
        const takes = typeFilter(types);
        for (const one of offered) assert.equal(map[one], takes(one));
        const back = readTypeMap(map);
        assert.ok("types" in back, JSON.stringify([map, back]));
        const takesBack = typeFilter(back.types);
        for (const one of [...offered, "order.new", "new.paid", "order.x.paid", "new"]) {
          assert.equal(takesBack(one), takes(one), one);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
