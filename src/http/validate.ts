/** Checks bodies and queries by the schemas that also give the types and the OpenAPI document. */
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import type { Validator } from "typebox/compile";
import { didYouMean } from "../config/nearest-name.ts";
import { type ErrorCode, TrotlineError } from "../core/errors.ts";
import { escapePointer, readJsonObject } from "./json-body.ts";

interface ObjectSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly anyOf?: readonly ObjectSchema[];
  readonly required?: readonly string[];
  readonly minProperties?: number;
}

type Failure = ReturnType<Validator["Errors"]>[number];
type Outcome = { value: unknown } | { error: Error };

export interface Validation {
  readonly compiler: FastifySchemaCompiler<TSchema>;
  /** The hook of every route whose body or query is checked. */
  readonly prepare: (request: unknown, reply: unknown, done: (error?: Error) => void) => void;
}

/**
 * TypeBox's compiler is loaded by the first request that needs it: it costs a start 80 ms and an idle server 10 MB, and
 * publishers never do.
 */
export function lazyValidation(): Validation {
  let compile: ((schema: TSchema) => Validator) | undefined;
  const compiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
    if (httpPart === "params") return (value: unknown) => ({ value }); // Their handlers look them up as they are.
    let validator: Validator | undefined;
    const check = httpPart === "body" ? checkBody : checkQuery;
    return (value: unknown): Outcome => {
      validator ??= compile?.(schema);
      if (validator === undefined) return { error: new Error("the route was not prepared") };
      try {
        return { value: check(value, schema as ObjectSchema, validator) };
      } catch (error) {
        return { error: error as Error };
      }
    };
  };
  const prepare: Validation["prepare"] = (_request, _reply, done) => {
    if (compile !== undefined) return done();
    import("typebox/compile").then((module) => {
      compile = module.Compile;
      done();
    }, done);
  };
  return { compiler, prepare };
}

/** `value` is the body's bytes, or null where there was none. A schema that asks for no member needs no body. */
function checkBody(value: unknown, schema: ObjectSchema, validator: Validator): unknown {
  const body = value instanceof Uint8Array ? readJsonObject(value) : undefined;
  if (body === undefined) {
    const isNeeded = (schema.required ?? []).length > 0 || schema.minProperties !== undefined;
    if (isNeeded) throw new TrotlineError("empty-body", "The request has no body.");
    return {};
  }
  if (!validator.Check(body)) throw bodyError(validator.Errors(body), schema);
  return body;
}

function bodyError(failures: readonly Failure[], schema: ObjectSchema): TrotlineError {
  const extra = failures.find((failure) => failure.keyword === "additionalProperties");
  if (extra !== undefined) {
    const name = String((extra.params as { additionalProperties: string[] }).additionalProperties[0]);
    const known = Object.keys(schemaAt(schema, extra.instancePath)?.properties ?? {});
    const listed = known.length === 0 ? " It takes none." : ` It may have ${known.join(", ")}.`;
    const hint = didYouMean(name, known) || listed;
    const field = `${extra.instancePath}/${escapePointer(name)}`;
    return refusal("unknown-field", `The body has no member \`${shortened(field.slice(1))}\`.${hint}`, field);
  }
  const { field, sentence } = described(failures);
  return refusal(
    "invalid-body",
    field === "" ? `The body ${sentence}.` : `\`${shortened(field)}\` ${sentence}.`,
    field,
  );
}

/** Of the object that a pointer leads to; undefined where it leads through lists. */
function schemaAt(schema: ObjectSchema, pointer: string): ObjectSchema | undefined {
  let at: ObjectSchema | undefined = schema;
  for (const name of pointer.split("/").slice(1)) {
    const member: ObjectSchema | undefined = at?.properties?.[name];
    at = member?.anyOf?.find(({ properties }) => properties !== undefined) ?? member;
  }
  return at;
}

/** Parameters are text; those that a schema calls integers are read first. */
function checkQuery(value: unknown, schema: ObjectSchema, validator: Validator): unknown {
  const query: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(value as Record<string, unknown>)) {
    const known = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
    if (known === undefined) {
      const hint = didYouMean(name, Object.keys(schema.properties ?? {}));
      throw refusal("invalid-query", `There is no parameter \`${shortened(name)}\`.${hint}`, name);
    }
    if (typeof raw !== "string") throw refusal("invalid-query", `The parameter \`${name}\` is given twice.`, name);
    query[name] = known.type === "integer" && /^-?\d{1,15}$/.test(raw) ? Number(raw) : raw;
  }
  if (validator.Check(query)) return query;
  const { field, sentence } = described(validator.Errors(query));
  throw refusal("invalid-query", `The parameter \`${field.slice(1)}\` ${sentence}.`, field.slice(1));
}

/** The first failure in words. Alternatives that all failed are one failure. */
function described(failures: readonly Failure[]): { field: string; sentence: string } {
  const [first] = failures;
  if (first === undefined) return { field: "", sentence: "does not fit" };
  if (first.keyword === "required") {
    const name = String((first.params as { requiredProperties: string[] }).requiredProperties[0]);
    return { field: `${first.instancePath}/${escapePointer(name)}`, sentence: "is missing" };
  }
  const alternatives = failures
    .filter(({ instancePath, keyword }) => instancePath === first.instancePath && keyword !== "anyOf")
    .map(sentenceOf);
  const isUnion = failures.some(({ keyword }) => keyword === "anyOf");
  const sentence = isUnion ? either([...new Set(alternatives)]) : sentenceOf(first);
  return { field: first.instancePath, sentence };
}

/** `must be string or null`, `must not have fewer than 1 characters or be null`. */
function either(alternatives: readonly string[]): string {
  const shared = alternatives.every((message) => message.startsWith("must be ")) ? "must be " : "must ";
  return shared + alternatives.map((message) => message.slice(shared.length)).join(" or ");
}

function sentenceOf(failure: Failure): string {
  if (failure.keyword !== "enum") return failure.message;
  return `must be one of ${(failure.params as { allowedValues: unknown[] }).allowedValues.join(", ")}`;
}

const shortened = (name: string): string => (name.length > 64 ? `${name.slice(0, 64)}…` : name);

const refusal = (code: ErrorCode, detail: string, field: string): TrotlineError =>
  new TrotlineError(code, detail, { field });
