/** The `webhooks` of the OpenAPI document: what any event is like, and what the catalogue says of each type. */
import type { TSchema } from "typebox";
import type { EventType, EventTypeVersion, JsonSchema } from "../core/event-type.ts";
import { webhookPayloadSchema } from "./schemas/event.ts";

type Json = { [member: string]: unknown };

const schemasPath = "#/components/schemas";

/** Keywords whose value is no schema, and those whose members are schemas by names of any kind. */
const heldAsTheyAre = new Set(["const", "enum", "default", "examples", "example"]);
const namesSchemas = new Set(["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"]);

export function anyWebhook(): Json {
  return webhook("An event, posted to an endpoint", { "application/json": { schema: webhookPayloadSchema } });
}

/**
 * By type; `schemas` are the components that they refer to, which are those of their makers and may have titles of any
 * kind.
 */
export function typedWebhooks(eventTypes: readonly EventType[]): { webhooks: Json; schemas: Json } {
  // Not members of an object: a type, or a version, may be called `__proto__`.
  const webhooks = new Map<string, Json>();
  const schemas: Json = {};
  for (const eventType of eventTypes) {
    const { name, description, archived, group } = eventType;
    const envelopes: Json[] = [];
    const examples = new Map<string, Json>();
    const versions = eventType.versions.length === 0 ? [null] : eventType.versions;
    for (const version of versions) {
      const key = freeKey(`data-${name}${version === null ? "" : `-${version.version}`}`, schemas);
      schemas[key] = version?.schema === undefined ? {} : placed(version.schema, key);
      envelopes.push(envelope(name, { key, version, isFirst: version === versions[0] }));
      if (version?.example !== undefined) {
        examples.set(version.version, { value: exampleOf(name, version) });
      }
    }
    const content = {
      schema: envelopes.length === 1 ? envelopes[0] : { oneOf: envelopes },
      ...(examples.size > 0 && { examples: Object.fromEntries(examples) }),
    };
    const post = webhook(description || `An event of the type ${name}`, { "application/json": content });
    webhooks.set(name, {
      post: { ...post, ...(archived && { deprecated: true }), ...(group !== null && { tags: [group] }) },
    });
  }
  return { webhooks: Object.fromEntries(webhooks), schemas };
}

function webhook(summary: string, content: Readonly<Record<string, { schema: TSchema } | Json>>): Json {
  return {
    summary,
    description:
      "Signed as Standard Webhooks say: HMAC-SHA256 with the endpoint's secret over " +
      "`webhook-id`.`webhook-timestamp`.body. Any 2xx delivers it; 410 disables the endpoint; everything else is " +
      "retried. Redirects are not followed. An endpoint may ask for other forms and signatures.",
    security: [],
    parameters: [
      header("webhook-id", "The event's id: the same for every attempt, so that duplicates can be told."),
      header("webhook-timestamp", "When the attempt was made, in seconds since 1970."),
      header("webhook-signature", "`v1,` and base64, once for each secret, divided by spaces."),
      header("webhook-event-version", "The event's version, where it has one.", false),
    ],
    requestBody: { required: true, content },
    responses: { "2XX": { description: "Delivered." }, "410": { description: "No more events, please." } },
  };
}

const header = (name: string, description: string, required = true): Json => ({
  name,
  in: "header",
  required,
  description,
  schema: { type: "string" },
});

/** As Standard Webhooks have it, with the data of one version. Events that name no version are of the first. */
function envelope(
  name: string,
  of: { readonly key: string; readonly version: EventTypeVersion | null; readonly isFirst: boolean },
): Json {
  const { key, version, isFirst } = of;
  return {
    type: "object",
    ...(version !== null && version.description !== "" && { description: version.description }),
    required: ["id", "type", "timestamp", ...(isFirst ? [] : ["version"]), "data"],
    properties: {
      id: { type: "string" },
      type: { const: name },
      timestamp: { type: "string", format: "date-time" },
      subject: { type: "string" },
      version: version === null ? { type: "string" } : { const: version.version },
      data: { $ref: `${schemasPath}/${key}` },
    },
  };
}

const exampleOf = (type: string, { version, example }: EventTypeVersion): Json => ({
  id: "evt_0000000000000000000000example",
  type,
  timestamp: "2026-01-31T12:00:00.000Z",
  version,
  data: example,
});

/** The schema where it stands in the document: what it calls its root is a component there. */
function placed(schema: JsonSchema, key: string): JsonSchema {
  if (typeof schema === "boolean") return schema;
  const { $id: _id, $schema: _dialect, ...rest } = schema;
  return moved(rest, key) as JsonSchema;
}

function moved(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((item) => moved(item, key));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([keyword, member]) => {
    if (heldAsTheyAre.has(keyword)) return [keyword, member] as const;
    if (namesSchemas.has(keyword) && isObject(member)) return [keyword, movedEach(member, key)] as const;
    const isReference = keyword === "$ref" && typeof member === "string" && member.startsWith("#");
    return [keyword, isReference ? `${schemasPath}/${key}${member.slice(1)}` : moved(member, key)] as const;
  });
  return Object.fromEntries(entries);
}

const movedEach = (schemas: Json, key: string): Json =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, moved(schema, key)]));

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A component's name has fewer characters than a type and a version may have. */
function freeKey(wanted: string, taken: Json): string {
  const key = wanted.replace(/[^A-Za-z0-9._-]/g, "_");
  let free = key;
  for (let number = 2; Object.hasOwn(taken, free); number++) free = `${key}_${number}`;
  return free;
}
