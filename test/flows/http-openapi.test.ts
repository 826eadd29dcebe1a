/** The OpenAPI document says what the server does. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { aServer } from "./a-server.ts";

type Json = Record<string, unknown>;

function everyReference(value: unknown, found: string[] = []): string[] {
  if (typeof value !== "object" || value === null) return found;
  for (const [name, member] of Object.entries(value)) {
    if (name === "$ref" && typeof member === "string") found.push(member);
    else everyReference(member, found);
  }
  return found;
}

it("every route is in the document, with its answers, its errors and its key", async (context) => {
  const { server, ask } = await aServer(context);
  const { body: document } = await ask("GET /openapi.json");
  assert.equal(document.openapi, "3.1.0");
  const documented = Object.entries(document.paths as Record<string, Json>).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = server.routes.map((route) => `${route.method} ${route.url.replace(/:(\w+)/g, "{$1}")}`);
  assert.deepEqual(documented.sort(), routes.sort());
  const ids = new Set<string>();
  for (const operations of Object.values(document.paths as Record<string, Record<string, Json>>)) {
    for (const operation of Object.values(operations)) {
      ids.add(operation.operationId as string);
      assert.ok(operation.summary);
      const responses = operation.responses as Json;
      assert.ok(Object.keys(responses).some((status) => status.startsWith("2")));
      assert.ok(responses.default);
    }
  }
  assert.equal(ids.size, routes.length, "operation ids are unique");
});

it("every reference of the document leads somewhere", async (context) => {
  const { ask } = await aServer(context);
  const { body: document } = await ask("GET /openapi.json");
  const references = everyReference(document);
  assert.ok(references.length > 10);
  for (const reference of references) {
    const name = reference.replace("#/components/schemas/", "");
    assert.ok(document.components.schemas[name], reference);
  }
  for (const name of ["Endpoint", "Attempt", "Event", "Problem", "NewEvent", "WebhookPayload"]) {
    assert.ok(document.components.schemas[name], name);
  }
});

it("the delivered webhook is described: its headers and its payload", async (context) => {
  const { ask } = await aServer(context);
  const { post } = (await ask("GET /openapi.json")).body.webhooks.event;
  assert.deepEqual(
    post.parameters.map((parameter: { name: string; in: string }) => [parameter.in, parameter.name]),
    [
      ["header", "webhook-id"],
      ["header", "webhook-timestamp"],
      ["header", "webhook-signature"],
      ["header", "webhook-event-version"],
    ],
  );
  assert.deepEqual(post.requestBody.content["application/json"].schema, {
    $ref: "#/components/schemas/WebhookPayload",
  });
});

it("metrics are Prometheus text", async (context) => {
  const { ask } = await aServer(context);
  const metrics = await ask("GET /metrics");
  assert.match(metrics.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(metrics.text, /^# TYPE trotline_\w+ counter$/m);
});
