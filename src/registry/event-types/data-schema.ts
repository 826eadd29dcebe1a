/**
 * JSON Schemas of data, compiled by Ajv when the first data come that are to be checked. What one check costs has a
 * bound: every subschema that is visited, and every character of a text that is held against a pattern, is paid for.
 */
import { createRequire } from "node:module";
import type { ErrorObject, ValidateFunction } from "ajv";
import type { Ajv2020, Options } from "ajv/dist/2020.js";
import type { JsonSchema } from "../../core/event-type.ts";
import { boundedSchema, meterKeyword, SchemaError } from "./bounded-schema.ts";
import { canonicalJson } from "./canonical-json.ts";
import { LinearPattern } from "./linear-pattern.ts";

/** Steps that one check may spend: as many for each, and more for much data. */
const stepsPerCheck = 10_000;
const stepsPerByte = 32;
/** The formats that are held, and the longest text that may be one: their expressions go back and try again. */
const formatLengths = {
  date: 32,
  time: 32,
  "date-time": 64,
  duration: 64,
  email: 320,
  hostname: 254,
  ipv4: 15,
  ipv6: 45,
  uuid: 45,
  uri: 2048,
  "uri-reference": 2048,
  "uri-template": 2048,
  "json-pointer": 2048,
  "relative-json-pointer": 2048,
} as const;
const textPerStep = 16;

/** Where data do not fit a schema. */
export interface Misfit {
  /** Into the data. */
  readonly pointer: string;
  /** Into the schema: the rule that they break. */
  readonly rule: string;
  readonly sentence: string;
}

/** Null where the data fit. */
export type DataCheck = (data: unknown, bytes: number) => Misfit | null;

class TooCostly extends Error {}

/** What the check that runs may still spend. Checks do not wait, so there is one at a time. */
const meter = {
  left: 0,
  spend(steps: number): void {
    meter.left -= steps;
    if (meter.left < 0) throw new TooCostly();
  },
};

type AjvModule = { readonly Ajv2020: new (options: Options) => Ajv2020 };
type Format = RegExp | ((text: string) => boolean) | { readonly validate: RegExp | ((text: string) => boolean) };
type Formats = { readonly fullFormats: Readonly<Record<keyof typeof formatLengths, Format>> };

/** Loaded by the first schema: an idle process does without them. */
let loaded: { readonly ajv: AjvModule; readonly formats: Formats; readonly meta: Ajv2020 } | null = null;

function library(): NonNullable<typeof loaded> {
  if (loaded !== null) return loaded;
  const require = createRequire(import.meta.url);
  const ajv = require("ajv/dist/2020") as AjvModule;
  const formats = require("ajv-formats/dist/formats") as Formats;
  loaded = { ajv, formats, meta: new ajv.Ajv2020({ strict: false, logger: false }) };
  return loaded;
}

/** Throws `SchemaError`. */
export function readDataSchema(schema: JsonSchema): DataCheck {
  const { meta } = library();
  const bounded = boundedSchema(schema, (keyword) => Boolean(meta.RULES.all[keyword]));
  if (meta.validateSchema(schema) !== true) {
    const error = meta.errors?.[0];
    throw new SchemaError(error?.instancePath ?? "", `It ${error?.message ?? "is no JSON Schema"}.`);
  }
  const validate = compile(bounded);
  const check: DataCheck = (data, bytes) => checked(validate, data, stepsPerCheck + stepsPerByte * bytes);
  // A schema that is nothing but a reference to itself has no end, whatever the data.
  for (const data of [null, {}, [], ""]) {
    if (check(data, 2)?.rule === "") throw new SchemaError("", "It has no end: a reference leads back to itself.");
  }
  return check;
}

function compile(schema: JsonSchema): ValidateFunction {
  const { ajv, formats } = library();
  const compiler = new ajv.Ajv2020({
    strict: false,
    logger: false,
    meta: false,
    validateSchema: false,
    inlineRefs: false,
    ownProperties: true, // `constructor` is no member of `{}`.
    messages: true,
    verbose: true, // A misfit tells the values that an enumeration has.
    formats: boundedFormats(formats),
    // Unoptimized it is made in half the time, and the metering costs more than what could be saved.
    code: {
      optimize: false,
      regExp: Object.assign((pattern: string) => new LinearPattern(pattern, meter), { code: "LinearPattern" }),
    },
  });
  compiler.addKeyword({
    keyword: meterKeyword,
    before: "$ref",
    schema: false,
    // Not said to be always valid: the call would be left out.
    errors: false,
    validate: (data: unknown) => {
      meter.spend(1 + sizeOf(data));
      return true;
    },
  });
  // Those of the library compare each item with each, and the data with each value.
  for (const keyword of ["uniqueItems", "enum"]) compiler.removeKeyword(keyword);
  compiler.addKeyword({
    keyword: "enum",
    schemaType: "array",
    error: { message: "must be equal to one of the allowed values" },
    compile: isOneOf,
  });
  compiler.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    error: { message: "must NOT have duplicate items" },
    validate: (isAsked: boolean, items: readonly unknown[]) => !isAsked || areUnique(items),
  });
  try {
    return compiler.compile(schema);
  } catch (error) {
    throw new SchemaError("", `It cannot be compiled: ${(error as Error).message.slice(0, 200)}.`);
  }
}

function checked(validate: ValidateFunction, data: unknown, steps: number): Misfit | null {
  meter.left = steps;
  try {
    return validate(data) ? null : misfit(validate.errors ?? []);
  } catch (error) {
    // The language's own error where a reference goes round and round.
    if (!(error instanceof TooCostly || error instanceof RangeError)) throw error;
    return { pointer: "", rule: "", sentence: "cannot be checked: the schema costs more than data of this size may" };
  }
}

/** The outermost rule that was broken; of a condition, the rule that it led to. */
function misfit(errors: readonly ErrorObject[]): Misfit {
  const outermost = errors.at(-1);
  const error = outermost?.keyword === "if" ? (errors[0] ?? outermost) : outermost;
  const { instancePath = "", keyword = "", message = "does not fit", params = {} } = error ?? {};
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Readonly<Record<string, unknown>>;
  const member = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  const below = member === undefined ? "" : `/${String(member).replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return {
    pointer: `${instancePath}${below}`,
    rule: keyword,
    sentence: sentenceOf(error, message),
  };
}

function sentenceOf(error: ErrorObject | undefined, message: string): string {
  if (error?.keyword === "required" || error?.keyword === "dependentRequired") return "is missing";
  if (error?.keyword === "additionalProperties" || error?.keyword === "unevaluatedProperties") return "is not known";
  if (error?.keyword !== "enum") return message;
  const allowed = error.schema as readonly unknown[];
  return `must be one of ${allowed
    .map((value) => JSON.stringify(value))
    .join(", ")
    .slice(0, 200)}`;
}

function boundedFormats({ fullFormats }: Formats): Record<string, (text: string) => boolean> {
  const bounded: Record<string, (text: string) => boolean> = {};
  for (const [name, lengthMax] of Object.entries(formatLengths)) {
    const format = fullFormats[name as keyof typeof formatLengths];
    const holds = "validate" in format ? format.validate : format;
    bounded[name] = (text) => text.length <= lengthMax && (holds instanceof RegExp ? holds.test(text) : holds(text));
  }
  return bounded;
}

function sizeOf(data: unknown): number {
  if (typeof data === "string") return data.length / textPerStep;
  if (typeof data !== "object" || data === null) return 0;
  return Array.isArray(data) ? data.length : Object.keys(data).length;
}

/** Looked up by their text: an enumeration may have thousands of values, and be held against thousands of items. */
function isOneOf(values: readonly unknown[]): (data: unknown) => boolean {
  const known = new Set(values.map(canonicalJson));
  const isDeep = values.some(isObject);
  return (data) => {
    if (!isDeep && isObject(data)) return false;
    const text = canonicalJson(data);
    meter.spend(text.length / textPerStep);
    return known.has(text);
  };
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

function areUnique(items: readonly unknown[]): boolean {
  const known = new Set<string>();
  for (const item of items) {
    const text = canonicalJson(item);
    meter.spend(1 + text.length / textPerStep);
    if (known.has(text)) return false;
    known.add(text);
  }
  return true;
}
