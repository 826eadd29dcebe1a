/** The OpenAPI 3.1 document, from the schemas that the routes validate by. Those with a title become components. */
import type { FastifySchema } from "fastify";
import type { TSchema } from "typebox";
import type { EventType } from "../core/event-type.ts";
import type { Access } from "./authenticate.ts";
import { anyWebhook, typedWebhooks } from "./openapi-webhooks.ts";
import { problemSchema } from "./schemas/problem.ts";
import { sessionCookieName } from "./session-cookie.ts";

export interface DocumentedRoute {
  readonly method: string;
  /** As Fastify writes it: `/v1/events/:id`. */
  readonly url: string;
  readonly access: Access;
  readonly schema: FastifySchema;
}

type Json = { [member: string]: unknown };

interface ObjectSchema {
  readonly properties?: Record<string, TSchema & { description?: string }>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
}

const sessionSentence =
  "What `POST /v1/session` answers, for pages of this server alone. Where the server's public URL is https, the name " +
  "begins with `__Secure-`.";
const problemType = "application/problem+json";

/** `eventTypes` are those of the catalogue. */
export function openApiText(routes: readonly DocumentedRoute[], eventTypes: readonly EventType[]): string {
  const components: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, "{$1}");
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(route);
  }
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Trotline",
      version: "1",
      description: "One durable event log on which every reader is a cursor.",
    },
    security: [{ key: [] }, { session: [] }],
    paths,
    webhooks: { event: { post: anyWebhook() } },
  };
  const described = hoisted(document, components) as Json;
  // What follows is added when all are known: hoisted, security schemes would be references to themselves, and schemas
  // of the catalogue whatever else has their title.
  const typed = typedWebhooks(eventTypes);
  const session = { type: "apiKey", in: "cookie", name: sessionCookieName, description: sessionSentence };
  const securitySchemes = { key: { type: "http", scheme: "bearer" }, session };
  const webhooks = { ...(described.webhooks as Json), ...typed.webhooks };
  const schemas = { ...components, ...typed.schemas };
  return JSON.stringify({ ...described, webhooks, components: { schemas, securitySchemes } }, null, 2);
}

function operation(route: DocumentedRoute): Json {
  const { schema, access } = route;
  return {
    operationId: operationId(route),
    summary: schema.summary,
    description: [schema.description, scopeSentence(access)].filter((part) => part !== undefined).join(" "),
    ...(access === "public" && { security: [] }),
    parameters: [...parameters(schema.params, "path"), ...parameters(schema.querystring, "query")],
    requestBody: requestBody(schema),
    responses: responses(schema),
  };
}

const scopeSentence = (access: Access): string => {
  if (access === "public") return "Needs no key.";
  return access === "any" ? "Takes any key." : `Needs the scope \`${access}\`.`;
};

/** `GET /v1/endpoints/:id/secrets` is `get_v1_endpoints_id_secrets`. */
const operationId = (route: DocumentedRoute): string =>
  `${route.method.toLowerCase()}${route.url.replace(/[^A-Za-z0-9]+/g, "_")}`;

function parameters(schema: unknown, place: "path" | "query"): Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as ObjectSchema;
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    description,
    schema: rest,
  }));
}

function requestBody(schema: FastifySchema): Json | undefined {
  if (schema.requestContent !== undefined) return { required: true, content: contentOf(schema.requestContent) };
  if (schema.body === undefined) return undefined;
  const { required = [], minProperties } = schema.body as ObjectSchema;
  return {
    required: required.length > 0 || minProperties !== undefined,
    content: contentOf({ "application/json": schema.body as TSchema }),
  };
}

function responses(schema: FastifySchema): Json {
  const described: Json = {};
  for (const [status, body] of Object.entries((schema.response ?? {}) as Record<string, TSchema>)) {
    described[status] =
      status === "204"
        ? { description: "Done." }
        : { description: "Done.", content: contentOf({ "application/json": body }) };
  }
  for (const [status, content] of Object.entries(schema.responseContent ?? {})) {
    described[status] = { description: "Done.", content: contentOf(content) };
  }
  described.default = { description: "What went wrong.", content: contentOf({ [problemType]: problemSchema }) };
  return described;
}

const contentOf = (content: Readonly<Record<string, TSchema>>): Json =>
  Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));

/** The value with every titled schema replaced by a reference to the component that it becomes. */
function hoisted(value: unknown, components: Json): unknown {
  if (Array.isArray(value)) return value.map((item) => hoisted(item, components));
  if (typeof value !== "object" || value === null) return value;
  const copy: Json = {};
  for (const [name, member] of Object.entries(value)) copy[name] = hoisted(member, components);
  const { title } = copy;
  if (typeof title !== "string" || copy.type !== "object") return copy;
  const known = components[title];
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(copy)) {
    throw new Error(`two schemas are named ${title}`);
  }
  components[title] = copy;
  return { $ref: `#/components/schemas/${title}` };
}
