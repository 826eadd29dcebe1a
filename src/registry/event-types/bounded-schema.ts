/**
 * What is asked of a JSON Schema before it is compiled, so that neither compiling it nor checking data by it is without
 * a bound: its size, its references, its patterns. Answers a copy in which every subschema counts what it costs.
 */
import type { JsonSchema } from "../../core/event-type.ts";
import { limits } from "../../core/limits.ts";
import { LinearPattern } from "./linear-pattern.ts";
import { PatternError } from "./pattern-parser.ts";

/** Stands in every subschema of the copy. Not a name that JSON Schema or its users have for anything. */
export const meterKeyword = "trotline:meter";

/** Keywords of JSON Schema 2020-12 whose value is a schema, a list of schemas, or an object of schemas. */
const holdsOne = new Set([
  "additionalProperties",
  "propertyNames",
  "unevaluatedProperties",
  "items",
  "contains",
  "unevaluatedItems",
  "not",
  "if",
  "then",
  "else",
]);
const holdsList = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const holdsMap = new Set(["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"]);

/** Each would let one schema reach another that nothing here has looked at, or leave the rules of 2020-12. */
const refusedKeywords = new Set(["$async", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$vocabulary"]);

const dialect = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
const noBound = { spend: () => {} };

/** All patterns of one schema: what they cost to read, and to keep. */
const patternLengthMax = 8192;
const patternStepsMax = 50_000;

/** A schema that is refused; `pointer` leads to the place in it. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
  readonly pointer: string;
  constructor(pointer: string, sentence: string) {
    super(sentence);
    this.pointer = pointer;
  }
}

/** Whether the library compiles anything for a keyword. */
export type IsRule = (keyword: string) => boolean;

/** Throws `SchemaError`. */
export function boundedSchema(schema: JsonSchema, isRule: IsRule): JsonSchema {
  const bytes = JSON.stringify(schema).length;
  if (bytes > limits.schemaLength) {
    throw new SchemaError("", `It has ${bytes} characters; the limit is ${limits.schemaLength}.`);
  }
  const walk = new Walk(isRule);
  const copy = walk.schema(schema, "", 0);
  walk.checkReferences();
  return copy;
}

class Walk {
  readonly #isRule: IsRule;
  /** Pointers to every subschema. */
  readonly #places = new Set<string>();
  #patternLength = 0;
  #patternSteps = 0;
  readonly #references: { readonly from: string; readonly to: string }[] = [];

  constructor(isRule: IsRule) {
    this.#isRule = isRule;
  }

  schema(schema: unknown, pointer: string, depth: number): JsonSchema {
    if (this.#places.size >= limits.schemaParts) {
      throw new SchemaError(pointer, `It has more than ${limits.schemaParts} schemas within it.`);
    }
    if (depth > limits.schemaDepth) throw new SchemaError(pointer, `It is deeper than ${limits.schemaDepth} schemas.`);
    this.#places.add(pointer);
    if (typeof schema === "boolean") return schema;
    if (!isObject(schema)) throw new SchemaError(pointer, "A schema is an object, or true or false.");
    // Without a rule nothing is visited: a meter would have the library look at what it leaves out.
    const copy: [string, unknown][] = Object.keys(schema).some(this.#isRule) ? [[meterKeyword, true]] : [];
    for (const [keyword, value] of Object.entries(schema)) {
      const place = `${pointer}/${keyword}`;
      this.#checkKeyword(keyword, value, place);
      if (keyword === "$schema" || keyword === "$id") continue;
      copy.push([keyword, this.#value(keyword, value, { place, depth: depth + 1 })]);
    }
    return Object.fromEntries(copy);
  }

  #value(keyword: string, value: unknown, { place, depth }: { place: string; depth: number }): unknown {
    if (holdsOne.has(keyword)) return this.schema(value, place, depth);
    if (holdsList.has(keyword) && Array.isArray(value)) {
      return value.map((item, index) => this.schema(item, `${place}/${index}`, depth));
    }
    if (!holdsMap.has(keyword) || !isObject(value)) return value;
    const entries = Object.entries(value).map(([name, item]) => {
      if (keyword === "patternProperties") this.#checkPattern(name, place);
      return [name, this.schema(item, `${place}/${escaped(name)}`, depth)] as const;
    });
    return Object.fromEntries(entries);
  }

  #checkKeyword(keyword: string, value: unknown, place: string): void {
    if (refusedKeywords.has(keyword)) throw new SchemaError(place, `\`${keyword}\` is not taken.`);
    if (keyword === "pattern" && typeof value === "string") this.#checkPattern(value, place);
    if (keyword === "$schema" && (typeof value !== "string" || !dialect.test(value))) {
      throw new SchemaError(place, "The dialect is https://json-schema.org/draft/2020-12/schema.");
    }
    if (keyword === "$id" && place !== "/$id") throw new SchemaError(place, "Only the schema as a whole has an `$id`.");
    if (keyword === "$ref" && typeof value === "string") this.#references.push({ from: place, to: value });
  }

  #checkPattern(pattern: string, place: string): void {
    this.#patternLength += pattern.length;
    if (this.#patternLength > patternLengthMax) {
      throw new SchemaError(place, `All patterns together have more than ${patternLengthMax} characters.`);
    }
    try {
      this.#patternSteps += new LinearPattern(pattern, noBound).size;
    } catch (error) {
      if (error instanceof PatternError) throw new SchemaError(place, `The pattern ${error.message}.`);
      throw error;
    }
    if (this.#patternSteps > patternStepsMax) {
      const sentence = `All patterns together have more than ${patternStepsMax} steps with their repetitions written out.`;
      throw new SchemaError(place, sentence);
    }
  }

  checkReferences(): void {
    for (const { from, to } of this.#references) {
      if (!to.startsWith("#")) {
        throw new SchemaError(from, "Only references within the schema are followed, such as `#/$defs/address`.");
      }
      let pointer: string | null;
      try {
        pointer = decodeURIComponent(to.slice(1));
      } catch {
        pointer = null;
      }
      if (pointer === null || !this.#places.has(pointer)) throw new SchemaError(from, "It leads to no schema.");
    }
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const escaped = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");
