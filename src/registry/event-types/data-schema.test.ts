import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import type { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import type { JsonSchema } from "../../core/event-type.ts";
import { SchemaError } from "./bounded-schema.ts";
import { readDataSchema } from "./data-schema.ts";

const { Ajv2020: Library } = createRequire(import.meta.url)("ajv/dist/2020") as {
  Ajv2020: new (options: object) => Ajv2020;
};

const misfit = (schema: JsonSchema, data: unknown) => readDataSchema(schema)(data, JSON.stringify(data).length);

/** Schemas that refer to each other, with the keywords whose checks are not those of the library. */
const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => {
  const some = tie("schema");
  const leaves: object[] = [
    { type: "integer" },
    { type: ["string", "null"] },
    { const: { a: 1 } },
    { enum: ["a", 1, null] },
    { minLength: 2 },
    { pattern: "^(a|b)+$" },
    { maximum: 1 },
    { required: ["a"] },
    { uniqueItems: true },
    { minProperties: 1 },
    { multipleOf: 2 },
    { $ref: "#/$defs/list" },
    { $ref: "#/$defs/tree" },
    { dependentRequired: { a: ["b"] } },
  ];
  return {
    schema: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.constantFrom<JsonSchema>(true, false, {}),
      fc.constantFrom(...leaves).map((leaf) => leaf as JsonSchema),
      fc.record({ properties: fc.record({ a: some, b: some }) }),
      fc.record({ items: some, uniqueItems: fc.boolean() }),
      fc.record({ prefixItems: fc.tuple(some), items: some }),
      fc.record({ properties: fc.record({ a: some }), additionalProperties: some }),
      fc.record({ patternProperties: fc.record({ "^a": some }), unevaluatedProperties: some }),
      fc.record({ anyOf: fc.tuple(some, some) }),
      fc.record({ oneOf: fc.tuple(some, some) }),
      fc.record({ allOf: fc.tuple(some, some), unevaluatedItems: some }),
      fc.record({ not: some }),
      fc.record({ contains: some, maxContains: fc.constant(1) }),
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      fc.record({ if: some, then: some, else: some }),
      fc.record({ propertyNames: some }),
      fc.record({ dependentSchemas: fc.record({ a: some }) }),
    ),
  };
});
const data = fc
  .jsonValue({ depthSize: "small" })
  .chain((value) =>
    fc.oneof(
      fc.constant(value),
      fc.constant({ a: value }),
      fc.constant([value, value]),
      fc.constantFrom<unknown>({ a: 1 }, "ab", "a", [], {}, 1, 2, null, [[1], [1]], { a: { b: [{ a: 1 }] } }),
    ),
  );
const $defs = {
  list: { type: "array", items: { $ref: "#/$defs/tree" } },
  tree: { properties: { a: { $ref: "#" } }, maxProperties: 3 },
};

/** The library leaves out what has no rule, and takes this one for another where it cannot. */
const emptyWithin: JsonSchema = {
  allOf: [{ dependentSchemas: { a: { contains: {} } } }, {}],
  unevaluatedItems: { type: "null" },
};

describe("a schema of data", () => {
  it("takes exactly what the library takes without bounds", () => {
    fc.assert(
      fc.property(schema, data, (inner, value) => {
        const whole = { $defs, ...(typeof inner === "boolean" ? { not: { not: inner } } : inner) } as JsonSchema;
        const expected = new Library({ strict: false, logger: false, validateFormats: false }).compile(whole as object);
        assert.equal(misfit(whole, value) === null, expected(value), JSON.stringify([whole, value]));
      }),
      { numRuns: 300, examples: [[emptyWithin, [["a"]]]] },
    );
  });

  it("names the place in the data, and the rule of the schema that they break", () => {
    const order: JsonSchema = {
      type: "object",
      required: ["amount"],
      properties: {
        amount: { type: "integer" },
        currency: { enum: ["EUR", "CHF"] },
        "a/b~": { type: "string" },
        lines: { items: { $ref: "#/$defs/line" } },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        total: { if: { minimum: 10 }, then: { multipleOf: 5 } },
      },
      additionalProperties: false,
      $defs: { line: { type: "object", properties: { count: { minimum: 1 } } } },
    };
    const cases: [unknown, string, string, RegExp][] = [
      [{}, "/amount", "required", /is missing/],
      [{ amount: "1" }, "/amount", "type", /must be integer/],
      [{ amount: 1, currency: "USD" }, "/currency", "enum", /"EUR", "CHF"/],
      [{ amount: 1, "a/b~": 1 }, "/a~1b~0", "type", /must be string/],
      [{ amount: 1, lines: [{ count: 1 }, { count: 0 }] }, "/lines/1/count", "minimum", />= 1/],
      [{ amount: 1, "x/y": 1 }, "/x~1y", "additionalProperties", /is not known/],
      [{ amount: 1, total: 11 }, "/total", "multipleOf", /multiple of 5/],
      [[], "", "type", /must be object/],
    ];
    for (const [value, pointer, rule, sentence] of cases) {
      const found = misfit(order, value);
      assert.deepEqual([found?.pointer, found?.rule], [pointer, rule]);
      assert.match(found?.sentence ?? "", sentence);
    }
    assert.equal(misfit(order, { amount: 1, lines: [{ count: 1 }] }), null);
  });

  it("takes no member for one of the data that every object of the language has", () => {
    assert.equal(misfit({ required: ["constructor"] }, {})?.rule, "required");
    assert.equal(misfit({ required: ["toString"] }, JSON.parse('{"toString": 1}')), null);
    const named = { properties: { constructor: { type: "string" }, valueOf: { type: "string" } } };
    assert.equal(misfit(named, {}), null);
    assert.equal(misfit(named, JSON.parse('{"constructor": 1}'))?.pointer, "/constructor");
    assert.equal(misfit({ dependentRequired: { toString: ["a"] } }, {}), null);
  });

  it("holds the formats of JSON Schema, of texts of a sensible length", () => {
    const email = { format: "email" };
    assert.equal(misfit(email, "a@example.com"), null);
    assert.equal(misfit(email, 7), null);
    assert.equal(misfit(email, "nobody")?.rule, "format");
    assert.equal(misfit(email, `${"a".repeat(400)}@example.com`)?.rule, "format");
    assert.equal(misfit({ format: "date-time" }, "2026-02-30T00:00:00Z")?.rule, "format");
    assert.equal(misfit({ format: "uuid" }, "123e4567-e89b-12d3-a456-426614174000"), null);
    assert.equal(misfit({ format: "a-format-of-somebody" }, "x"), null);
  });

  it("is done soon, also where its cost grows with every level of the data", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 60; i++) deep = { x: deep };
    const twice = { type: "object", properties: { x: { $ref: "#/$defs/a" } } };
    const exponential = { $ref: "#/$defs/a", $defs: { a: { anyOf: [twice, twice] } } };
    const open = { properties: twice.properties };
    const branching = { $ref: "#/$defs/a", $defs: { a: { allOf: [open, open] } } };
    const items = Array.from({ length: 50_000 }, () => []);
    const cases: [JsonSchema, unknown][] = [
      [exponential, deep],
      [branching, deep],
      [{ type: "array", items: { pattern: "^(a+)+$" } }, [`${"a".repeat(100_000)}!`]],
      [{ uniqueItems: true }, items],
    ];
    for (const [hostile, value] of cases) {
      const began = performance.now();
      assert.notEqual(misfit(hostile, value), null);
      assert.ok(performance.now() - began < 5000);
    }
    assert.match(misfit(exponential, deep)?.sentence ?? "", /costs more/);
  });

  it("an event of many members held against many patterns, or of many items against many values, is judged soon", () => {
    const patterns = Array.from({ length: 5 }, (_, i) => [`q${i}(a{99}){99}`, true]);
    const members = Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 1]);
    const values = Array.from({ length: 10_000 }, (_, i) => i + 10);
    const cases: [JsonSchema, unknown, boolean][] = [
      [{ patternProperties: Object.fromEntries(patterns) }, Object.fromEntries(members), true],
      [{ items: { not: { enum: values } } }, Array.from({ length: 120_000 }, () => 1), true],
      [{ items: { enum: values } }, [10, 10_009, 10_010], false],
    ];
    for (const [schema, value, fits] of cases) {
      const began = performance.now();
      assert.equal(misfit(schema, value) === null, fits);
      assert.ok(performance.now() - began < 1500);
    }
  });

  it("refuses schemas that could not be bounded, and names the place", () => {
    let nested: JsonSchema = {};
    for (let i = 0; i < 30; i++) nested = { not: nested };
    const many = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`p${i}`, {}]));
    const cases: [JsonSchema, string, RegExp][] = [
      [{ $ref: "https://example.com/schema.json" }, "/$ref", /within the schema/],
      [{ properties: { a: { $ref: "#/nowhere" } } }, "/properties/a/$ref", /leads to no schema/],
      [{ "x-parts": { a: {} }, $ref: "#/x-parts/a" }, "/$ref", /leads to no schema/],
      [{ $ref: "#%zz" }, "/$ref", /leads to no schema/],
      [{ $ref: "#" }, "", /has no end/],
      [{ allOf: [{ $ref: "#/allOf/0" }] }, "", /has no end/],
      [{ $async: true }, "/$async", /not taken/],
      [{ items: { $dynamicRef: "#a" } }, "/items/$dynamicRef", /not taken/],
      [{ items: { $id: "x" } }, "/items/$id", /as a whole/],
      [{ $schema: "http://json-schema.org/draft-07/schema#" }, "/$schema", /2020-12/],
      [{ properties: { a: { pattern: "(?=a)" } } }, "/properties/a/pattern", /looks ahead/],
      [{ patternProperties: { "(a)\\1": {} } }, "/patternProperties", /refers back/],
      [
        { allOf: Array.from({ length: 6 }, () => ({ pattern: "(a{99}){99}" })) },
        "/allOf/5/pattern",
        /more than 50000 steps/,
      ],
      [{ pattern: "a?".repeat(5000) }, "/pattern", /more than 8192 characters/],
      [{ type: "intger" }, "/type", /allowed values/],
      [{ properties: { a: 5 } } as unknown as JsonSchema, "/properties/a", /object, or true or false/],
      [{ description: "x".repeat(70_000) }, "", /the limit is/],
      [{ properties: many }, "/properties/p499", /more than 500/],
      [nested, "/not".repeat(25), /deeper/],
    ];
    for (const [refused, pointer, sentence] of cases) {
      assert.throws(
        () => readDataSchema(refused),
        (error: SchemaError) => {
          assert.ok(error instanceof SchemaError, String(error));
          assert.equal(error.pointer, pointer);
          assert.match(error.message, sentence);
          return true;
        },
      );
    }
  });

  it("takes an `$id` and its dialect, and members of its own that mean nothing", () => {
    const named = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: "https://example.com/order",
      "x-team": { $ref: 5 },
      type: "integer",
    };
    assert.equal(misfit(named, 1), null);
    assert.equal(misfit(named, "1")?.rule, "type");
  });
});
