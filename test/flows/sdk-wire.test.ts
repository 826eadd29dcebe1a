/** The shapes that the client library declares are those of the server's OpenAPI document, member for member. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { aServer } from "./a-server.ts";

/** Names in the document, and those in `wire.ts` and its parts. */
const shapes: Readonly<Record<string, string>> = {
  NewEvent: "NewEvent",
  PublishedEvent: "PublishedEvent",
  Event: "EventWithDeliveries",
  FeedEvent: "TrotlineEvent",
  FeedPage: "EventPage",
  KeptRequest: "KeptRequest",
  EventDuplicates: "EventDuplicates",
  Delivery: "Delivery",
  Attempt: "Attempt",
  NewEndpoint: "NewEndpoint",
  EndpointChange: "EndpointChange",
  Endpoint: "Endpoint",
  NewCommand: "NewCommand",
  Command: "Command",
  EndpointHealth: "EndpointHealth",
  Batching: "Batching",
  DryRun: "DryRun",
  DryRunRequest: "DryRunRequest",
  DryRunResult: "DryRunResult",
  NewRateLimit: "NewRateLimit",
  RateLimit: "RateLimit",
  RetryRule: "RetryRule",
  NewAuthorization: "NewAuthorization",
  Authorization: "Authorization",
  NewTlsSettings: "NewTlsSettings",
  TlsSettings: "TlsSettings",
  EndpointTest: "EndpointTest",
  CreatedEndpoint: "CreatedEndpoint",
  Signing: "Signing",
  SigningKey: "SigningKey",
  SecretRotation: "SecretRotation",
  EndpointSecrets: "EndpointSecrets",
  RetiringSecret: "RetiringSecret",
  ConsumerSettings: "NewConsumer",
  Consumer: "Consumer",
  SoughtConsumer: "SoughtConsumer",
  SeekTarget: "SeekTarget",
  ConsumerPage: "ConsumerPage",
  Cluster: "Cluster",
  ClusterProcess: "ClusterProcess",
  FreeShards: "FreeShards",
  UndispatchedEvent: "UndispatchedEvent",
  Statistics: "Statistics",
  StatisticsGroup: "StatisticsGroup",
  StatisticsBucket: "StatisticsBucket",
  Measures: "Measures",
  Delays: "Delays",
  DelayQuantiles: "DelayQuantiles",
  DeliveriesNow: "DeliveriesNow",
  NewKey: "NewKey",
  Key: "Key",
  CreatedKey: "CreatedKey",
  SignIn: "SignIn",
  Brand: "Brand",
  SessionKey: "SessionKey",
  Session: "Session",
  Tenant: "Tenant",
  NewPortalLink: "NewPortalLink",
  PortalLink: "PortalLink",
  NewReplay: "NewReplay",
  NewRecovery: "NewRecovery",
  Replay: "Replay",
  NewEventTypeVersion: "NewEventTypeVersion",
  NewEventType: "NewEventType",
  EventTypeVersion: "EventTypeVersion",
  EventType: "EventType",
  EndpointTypes: "EndpointTypes",
  FilterTest: "FilterTest",
  FilterTestResult: "FilterTestResult",
  FilterTestEvent: "FilterTestEvent",
  NewSchemeSignature: "NewSchemeSignature",
  TimePlace: "TimePlace",
  NewCustomScheme: "NewCustomScheme",
  NewSchemeChoice: "NewSchemeChoice",
  NewSourceRate: "NewSourceRate",
  NewSourceAnswer: "NewSourceAnswer",
  NewSource: "NewSource",
  SchemeSignature: "SchemeSignature",
  CustomScheme: "CustomScheme",
  SchemeChoice: "SchemeChoice",
  SourceRate: "SourceRate",
  SourceAnswer: "SourceAnswer",
  SourceSecret: "SourceSecret",
  CreatedSource: "CreatedSource",
  SourceTest: "SourceTest",
  SourceTested: "SourceTested",
  Source: "Source",
  SourceChange: "SourceChange",
  SourceSecrets: "SourceSecrets",
  NewSourceSecret: "NewSourceSecret",
  Receipt: "Receipt",
  ReceivedRequest: "ReceivedRequest",
  ReceiptWithRequest: "ReceiptWithRequest",
  DiagnosisCause: "DiagnosisCause",
  Diagnosis: "Diagnosis",
  SchemeSetting: "SchemeSetting",
  Scheme: "Scheme",
  NewBinAnswer: "NewBinAnswer",
  BinAnswer: "BinAnswer",
  NewBin: "NewBin",
  BinChange: "BinChange",
  Bin: "Bin",
  BinWithCounts: "BinWithCounts",
  BinAnswered: "BinAnswered",
  BinRequestSummary: "BinRequestSummary",
  BinRequestPage: "BinRequestPage",
  BinRequest: "BinRequest",
  BinNote: "BinNote",
  BinForward: "BinForward",
  BinForwarded: "BinForwarded",
  WebhookPayload: "WebhookPayload",
};

const folder = join(import.meta.dirname, "../../src/sdk");
const source = readdirSync(folder)
  .filter((name) => /^wire.*\.ts$/.test(name))
  .map((name) => readFileSync(join(folder, name), "utf8"))
  .join("\n");

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
  return parts.flatMap((part) => {
    const item = aliases.get(part.replace(/\[\]$/, ""));
    if (item === undefined) return [part === "unknown" ? "Data" : part];
    return part.endsWith("[]") ? [`${unionText(declaredParts(item))}[]`] : declaredParts(item);
  });
}

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly type?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

function documentedParts(schema: Schema): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace("#/components/schemas/", "");
    return [shapes[name] ?? name];
  }
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(documentedParts);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value));
  if (schema.type === "array") return [`${unionText(documentedParts(schema.items ?? {}))}[]`];
  if (schema.type === "object") {
    const [member] = Object.values(schema.patternProperties ?? {});
    return [`Readonly<Record<string, ${member?.type ?? "string"}>>`];
  }
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
