/** The shapes that the client library declares are those of the server's OpenAPI document, member for member. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { aServer } from "./a-server.ts";

/** Names in the document, and those in `wire.ts`. */
const shapes: Readonly<Record<string, string>> = {
  NewEvent: "NewEvent",
  PublishedEvent: "PublishedEvent",
  Event: "EventWithDeliveries",
  FeedEvent: "TrotlineEvent",
  FeedPage: "EventPage",
  Delivery: "Delivery",
  Attempt: "Attempt",
  NewEndpoint: "NewEndpoint",
  EndpointChange: "EndpointChange",
  Endpoint: "Endpoint",
  EndpointHealth: "EndpointHealth",
  CreatedEndpoint: "CreatedEndpoint",
  ConsumerSettings: "NewConsumer",
  Consumer: "Consumer",
  ConsumerPage: "ConsumerPage",
  NewReplay: "NewReplay",
  Replay: "Replay",
  WebhookPayload: "WebhookPayload",
};

const source = readFileSync(join(import.meta.dirname, "../../src/sdk/wire.ts"), "utf8");

/** Members and what they may be, such as `status?: number | null`, each as a sorted text. */
type Shape = Readonly<Record<string, string>>;

const aliases = new Map(
  [...source.matchAll(/^export type (\w+) =\s*([^;]+);/gm)].map(([, name = "", type = ""]) => [name, type]),
);

function declaredShape(name: string): Shape {
  const found = new RegExp(
    `^export interface ${name}(?:<[^>]*>)?(?: extends (\\w+)(?:<\\w+>)?)? \\{\n([^}]*)^\\}`,
    "m",
  ).exec(source);
  assert.ok(found, `wire.ts declares no ${name}`);
  const [, base, body = ""] = found;
  const own = [...body.matchAll(/^ {2}readonly (\w+\??): (.+);$/gm)].map(([, member = "", type = ""]) => [
    member,
    unionText(declaredParts(type)),
  ]);
  return { ...(base === undefined ? {} : declaredShape(base)), ...Object.fromEntries(own) };
}

/** The union's parts, with aliases resolved and without what JSON has no word for. */
function declaredParts(type: string): string[] {
  const parts = type
    .split("|")
    .map((part) => part.trim().replaceAll("readonly ", "").replace("<Data>", ""))
    .filter((part) => part !== "");
  return parts.flatMap((part) => (aliases.has(part) ? declaredParts(aliases.get(part) ?? "") : [part]));
}

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly type?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

function documentedParts(schema: Schema): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace("#/components/schemas/", "");
    return [shapes[name] ?? name];
  }
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(documentedParts);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value));
  if (schema.type === "array") return [`${unionText(documentedParts(schema.items ?? {}))}[]`];
  if (schema.type === "object") return ["Readonly<Record<string, string>>"];
  if (schema.type === "integer") return ["number"];
  return [schema.type ?? "Data"];
}

const unionText = (parts: readonly string[]): string => [...parts].sort().join(" | ");

function documentedShape({ properties = {}, required = [] }: Schema): Shape {
  return Object.fromEntries(
    Object.entries(properties).map(([member, schema]) => [
      required.includes(member) ? member : `${member}?`,
      unionText(documentedParts(schema)),
    ]),
  );
}

describe("the shapes of the client library", async () => {
  it("are those of the server's document", async (context) => {
    const { ask } = await aServer(context);
    const { components } = (await ask("GET /openapi.json")).body;
    for (const [documented, declared] of Object.entries(shapes)) {
      const schema = components.schemas[documented] as Schema | undefined;
      assert.ok(schema, `the document has no ${documented}`);
      assert.deepEqual(declaredShape(declared), documentedShape(schema), declared);
    }
  });

  it("are all of the document: every answer and every body that has a name", async (context) => {
    const { ask } = await aServer(context);
    const { components } = (await ask("GET /openapi.json")).body;
    // `api-error.ts` has the members of a problem; the others are for clients of other libraries.
    const isOfOthers = (name: string): boolean => name === "Problem" || /^(Stripe|CloudEvent)/.test(name);
    const others = Object.keys(components.schemas).filter((name) => !isOfOthers(name));
    assert.deepEqual(
      others.filter((name) => shapes[name] === undefined),
      [],
    );
  });
});
