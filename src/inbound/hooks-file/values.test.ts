import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { aHookArgument } from "../../../test/flows/a-hook-argument.ts";
import { type GoMap, type GoValue, goText, JsonNumber, NilMap } from "./go-value.ts";
import type { HookRequest } from "./hook-request.ts";
import { readGoJson } from "./payload/go-json-reader.ts";
import { argumentValue, valueAt } from "./values.ts";

function aRequest(parts: Partial<HookRequest> = {}): HookRequest {
  return {
    method: "POST",
    remoteAddress: "192.0.2.1:4711",
    body: new TextEncoder().encode('{"a":1}'),
    headers: new Map([["X-Hub-Signature", "sha1=x"]]),
    query: new Map([["q", "1"]]),
    payload: readGoJson('{"a":{"b":[{"c":1e6},null]},"a.b":"whole","n":null,"<":"é"}') as GoMap,
    ...parts,
  };
}

const read = (source: string, name: string, request = aRequest()): string => {
  const found = argumentValue(aHookArgument(source, name), request);
  return found.ok ? found.value : `${found.failure.kind}: ${found.failure.message}`;
};

it("every source gives its value", () => {
  assert.equal(read("header", "x-hub-signature"), "sha1=x");
  assert.equal(read("url", "q"), "1");
  assert.equal(read("query", "q"), "1");
  assert.equal(read("string", "as it is"), "as it is");
  assert.equal(read("raw-request-body", ""), '{"a":1}');
  assert.equal(read("request", "Remote-Addr"), "192.0.2.1:4711");
  assert.equal(read("request", "METHOD"), "POST");
  assert.equal(read("entire-headers", ""), '{"X-Hub-Signature":"sha1=x"}');
  assert.equal(read("entire-query", ""), '{"q":"1"}');
  assert.equal(read("entire-payload", ""), '{"\\u003c":"é","a":{"b":[{"c":1e6},null]},"a.b":"whole","n":null}');
  assert.equal(read("entire-payload", "", aRequest({ payload: new NilMap() })), "null");
});

it("a source that there is not, or a part of a request that there is not, is more than a missing value", () => {
  assert.match(read("body", "a"), /^other: no source/);
  assert.match(read("request", "path"), /^other: unsupported request key/);
  assert.match(read("payload", "none"), /^missing: parameter node not found: none/);
});

it("a path is tried whole as a key before its first part is", () => {
  assert.equal(read("payload", "a.b"), "whole");
  assert.equal(read("payload", "a.b.0.c"), "1e6");
  assert.equal(read("payload", "a.b.0"), '{"c":1e6}');
});

it("values are written as Go writes them", () => {
  assert.equal(goText(null), "<nil>");
  assert.equal(goText(true), "true");
  assert.equal(goText(new JsonNumber("12345678901234567890.10")), "12345678901234567890.10");
  assert.equal(goText(["<&>", "\u2028", "\u0007\b\n"]), '["\\u003c\\u0026\\u003e","\\u2028","\\u0007\\u0008\\n"]');
  assert.equal(goText(new Map([["\udcff", "\udcff"]])), '{"\\ufffd":"\\ufffd"}');
  const keys: GoMap = new Map([
    ["\u{1f600}", ""],
    ["\uffff", ""],
  ]);
  assert.equal(goText(keys), '{"\uffff":"","\u{1f600}":""}');
});

it("a value below null cannot be looked up, which is more than that it is missing", () => {
  assert.match(read("payload", "n.x"), /^other: no parameters/);
  assert.match(
    read("payload", "a.b.1.x", aRequest({ payload: readGoJson('{"a":{"b":[1,null]}}') as GoMap })),
    /^other/,
  );
});

it("an index beyond 63 bits breaks adnanh/webhook", () => {
  const list: GoValue = ["x"];
  assert.equal(valueAt("0", list).ok, true);
  for (const [path, kind] of [
    ["1", "missing"],
    ["+0", "missing"],
    ["-1", "missing"],
    ["9223372036854775808", "crash"],
    ["18446744073709551616", "missing"],
  ] as const) {
    const found = valueAt(path, list);
    assert.equal(found.ok ? "found" : found.failure.kind, kind, path);
  }
});

const key = fc.constantFrom("a", "b", "0", "1", "a.b");
const { tree } = fc.letrec<{ tree: GoValue }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<GoValue>("text", true, null),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie("tree")), { maxLength: 3 }).map((pairs): GoValue => new Map(pairs)),
  ),
}));

/** Every way to divide a path into keys, the longest first key first at the last full stop only. */
function model(parts: readonly string[], value: GoValue): GoValue | "missing" | "other" {
  if (value === null) return "other";
  const [first = "", ...rest] = parts;
  if (Array.isArray(value)) {
    const item = /^\d+$/.test(first) ? value[Number(first)] : undefined;
    if (item === undefined) return "missing";
    return rest.length === 0 ? item : model(rest, item);
  }
  if (!(value instanceof Map)) return "missing";
  if (value.has(parts.join("."))) return value.get(parts.join(".")) ?? null;
  if (rest.length === 0 || !value.has(first)) return "missing";
  return model(rest, value.get(first) ?? null);
}

it("paths lead where a plain reading of the rule leads", () => {
  fc.assert(
    fc.property(tree, fc.array(fc.constantFrom("a", "b", "0", "1"), { minLength: 1, maxLength: 4 }), (value, parts) => {
      const found = valueAt(parts.join("."), value);
      const expected = model(parts, value);
      assert.deepEqual(found.ok ? found.value : found.failure.kind, expected);
    }),
    { numRuns: 2000 },
  );
});
