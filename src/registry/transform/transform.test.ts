import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { TrotlineError } from "../../core/errors.ts";
import type { NewEvent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { readTransform, TransformFailure, Transforms } from "./transform.ts";

const anEvent = (data: unknown = { amount: 12, items: ["a", "b"] }): NewEvent => ({
  id: "evt_1",
  tenant: "acme",
  type: "order.paid",
  subject: "order/1",
  occurredAtMs: Date.UTC(2026, 0, 1),
  version: "2",
  data: Buffer.from(JSON.stringify(data)),
  request: null,
});

describe("a transform", () => {
  let nowMs = 0;
  const transforms = new Transforms(() => nowMs);
  after(() => transforms.close());
  const run = async (text: string, event = anEvent()): Promise<unknown> => {
    const bytes = await transforms.run(text, event);
    return bytes === null ? null : JSON.parse(bytes.toString());
  };
  const failure = (text: string, event = anEvent()): Promise<string> =>
    transforms.run(text, event).then(
      (bytes) => assert.fail(`it gave ${bytes}`),
      (error: unknown) => {
        assert.ok(error instanceof TransformFailure, String(error));
        return error.message;
      },
    );

  it("sees the whole event, and gives new data", async () => {
    const text = `{"what": type, "of": tenant, "about": subject, "at": timestamp, "in": version, "is": id,
      "total": data.amount * 2, "names": data.items}`;
    assert.deepEqual(await run(text), {
      what: "order.paid",
      of: "acme",
      about: "order/1",
      at: "2026-01-01T00:00:00.000Z",
      in: "2",
      is: "evt_1",
      total: 24,
      names: ["a", "b"],
    });
  });

  it("leaves an event out where it says so, and only there", async () => {
    const text = "data.amount > 10 ? $skip() : data";
    assert.equal(await run(text), null);
    assert.deepEqual(await run(text, anEvent({ amount: 1 })), { amount: 1 });
    assert.match(await failure("data.amnount"), /gives nothing/);
  });

  it("may give any JSON value, null among them", async () => {
    assert.equal(await run('"text"'), "text");
    assert.equal(await run("false"), false);
    assert.deepEqual(await run("[]"), []);
    assert.equal((await transforms.run("null", anEvent()))?.toString(), "null");
  });

  it("may give lists that it makes of what it finds", async () => {
    const event = anEvent({
      items: [
        { sku: "a", count: 1 },
        { sku: "b", count: 2 },
      ],
    });
    assert.deepEqual(await run("data.items.sku", event), ["a", "b"]);
    assert.deepEqual(await run('{"skus": data.items.sku, "many": data.items[count > 0].{"of": sku}}', event), {
      skus: ["a", "b"],
      many: [{ of: "a" }, { of: "b" }],
    });
    assert.deepEqual(await run("$map(data.items, function($item) { $item.count * 2 })", event), [2, 4]);
    assert.deepEqual(await run("$keys(data.items[0])", event), ["sku", "count"]);
    assert.match(await failure("[data.items.sku, $sum]", event), /function/);
  });

  it("that fails says why, with its place", async () => {
    assert.match(await failure("data.items * 2"), /left side.*character 12/i);
    assert.match(await failure('$error("no such order")'), /no such order/);
  });

  it("that gives a function, or too much, fails", async () => {
    assert.match(await failure("function($x) { $x }"), /function/);
    assert.match(await failure('{"f": $sum}'), /function/);
    assert.match(await failure('$pad("", 600000)'), /larger than 524288 bytes/);
    const nested = '($n := function($d) { $d = 0 ? 1 : {"a": $n($d - 1)} }; $n(70))';
    assert.match(await failure(nested), /nested deeper than 64/);
  });

  it("that never ends is stopped, and the next one runs", async () => {
    assert.match(await failure("($f := function() { $f() }; $f())"), /more than 50 ms|stack|depth/i);
    assert.match(await failure("($f := function($n) { 1 + $f($n + 1) }; $f(0))"), /more than 50 ms|stack|depth/i);
    assert.match(await failure("$sum([1..1000000000])"), /must not exceed|sequence/i);
    assert.match(await failure("$map([1..100000], function($i) { $map([1..100000], function($j) { $j }) })"), /50 ms/);
    assert.equal(await run("1 + 1"), 2);
  });

  it("whose regular expression never ends costs its process, and rests for a while", async () => {
    const bomb = '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)';
    assert.match(await failure(bomb), new RegExp(`within ${limits.transformHangMs} ms`));
    assert.match(await failure(bomb), /moment ago/);
    assert.equal(await run("1 + 1"), 2, "others go on");
    nowMs += 1500;
    assert.match(await failure(bomb), /within/);
    nowMs += 1500;
    assert.match(await failure(bomb), /moment ago/, "longer each time");
  });

  for (const bomb of [
    '$split($pad("x", 20000000, "yz"), "")',
    '$replace($pad("x", 20000000, "yz"), "y", "abcdefghijklmnopqrstuvwxyz")',
    '$reverse($split($pad("x", 60000000, "yz"), ""))',
  ]) {
    it(`that uses all memory costs its process, and not ours: ${bomb}`, async () => {
      assert.match(await failure(bomb), /memory|50 ms|within/);
      assert.equal(await run("1 + 1"), 2);
    });
  }

  it("does not keep the next event of another waiting for all of its own", async () => {
    const ended: string[] = [];
    const many = Array.from({ length: 20 }, () => run("data.amount").then(() => ended.push("many")));
    const one = run("data.items").then(() => ended.push("one"));
    await Promise.all([...many, one]);
    assert.ok(ended.indexOf("one") <= 2, ended.join());
  });

  it("does not reach the machine, nor what the next one sees", async () => {
    for (const text of ["process", "$lookup($sum, 'constructor')", "$.constructor", "require"]) {
      assert.match(await failure(text), /gives nothing|function/);
    }
    await transforms.run('{"__proto__": {"polluted": true}}', anEvent()).catch(() => {});
    assert.match(await failure("$.polluted"), /gives nothing/);
  });
});

it("transforms that wait or run when the server stops are cut off, and not failed", async () => {
  const transforms = new Transforms();
  const bomb = '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)';
  const ended = [bomb, "1"].map((text) => transforms.run(text, anEvent()));
  transforms.close();
  for (const each of [...ended, transforms.run("2", anEvent())]) {
    await assert.rejects(each, { name: "TransformFailure", isInterrupted: true });
  }
});

describe("the text of a transform", () => {
  const refusal = (text: string): string => {
    try {
      readTransform(text);
    } catch (error) {
      assert.ok(error instanceof TrotlineError);
      assert.equal(error.code, "transform-invalid");
      return error.message;
    }
    return assert.fail("it was taken");
  };

  it("is refused with its place where it is no expression", () => {
    readTransform('{"a": data.b}');
    assert.match(refusal('{"a":\n data..}'), /^Line 2, column \d+: /);
    assert.match(refusal(""), /^Line 1, column 1: /);
    assert.match(refusal("("), /^Line 1, column 2: /);
  });

  it("is refused where reading it would keep the server from all else", () => {
    for (const path of ["a".concat(".a".repeat(4000)), "a".concat(".{}".repeat(2000)), "*.".repeat(4000)]) {
      assert.match(refusal(path), /steps; the limit is 1000/);
    }
    const manyPaths = Array.from({ length: 500 }, (_, index) => `data.a${index}`).join(" & ");
    readTransform(manyPaths);
    readTransform(`["${".".repeat(4000)}", ${"1.5, ".repeat(600)} 0]`);
  });

  it("is refused where it is too long, or nested beyond what can be read", () => {
    assert.match(refusal(`"${"x".repeat(limits.transformLength)}"`), /the limit is 8192/);
    assert.ok(refusal("[".repeat(8000)).length > 10);
  });
});
