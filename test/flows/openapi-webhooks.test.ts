/** The catalogue as `webhooks` of the OpenAPI document: what is delivered fits what is written there. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { it } from "node:test";
import type { Ajv2020 } from "ajv/dist/2020.js";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aServer } from "./a-server.ts";

const { Ajv2020: Library } = createRequire(import.meta.url)("ajv/dist/2020") as {
  Ajv2020: new (options: object) => Ajv2020;
};

type Json = Record<string, unknown>;

const first = {
  $id: "https://example.com/order.json",
  title: "Order",
  type: "object",
  required: ["amount"],
  properties: {
    amount: { $ref: "#/$defs/amount" },
    // Names that are keywords elsewhere.
    default: { $ref: "#/$defs/amount" },
    $ref: { const: { $ref: "#/$defs/amount" } },
    parent: { $ref: "#" },
  },
  $defs: { amount: { type: "integer" } },
};
const second = { title: "Order", type: "object", required: ["total"], properties: { total: { type: "number" } } };

/** By what the document says of a webhook, with its references followed. */
function bodyCheck(document: Json, name: string): (body: unknown) => boolean {
  const library = new Library({ strict: false, logger: false, validateFormats: false });
  library.addSchema(document, "https://document/");
  const pointer = `/webhooks/${name}/post/requestBody/content/application~1json/schema`;
  return library.compile({ $ref: `https://document/#${pointer}` }) as (body: unknown) => boolean;
}

it("every type has its envelope, its data in each version, and the examples, which fit; and so does what is delivered", async (context) => {
  const { ask } = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const example = { amount: 1, parent: { amount: 2 } };
  const versions = [
    { version: "1", schema: first, example },
    { version: "2", schema: second, description: "With a total." },
  ];
  await ask("PUT /v1/event-types/order.paid", {
    body: { description: "An order was paid.", group: "orders", versions },
  });
  await ask("PUT /v1/event-types/a%2Fb", { body: { archived: true } });
  const { body: document } = await ask("GET /openapi.json");
  assert.deepEqual(Object.keys(document.webhooks), ["event", "a/b", "order.paid"]);
  const { post } = document.webhooks["order.paid"];
  assert.deepEqual([post.summary, post.tags, post.deprecated], ["An order was paid.", ["orders"], undefined]);
  assert.equal(document.webhooks["a/b"].post.deprecated, true);
  const fits = bodyCheck(document, "order.paid");
  const written = post.requestBody.content["application/json"].examples["1"].value;
  assert.deepEqual(written.data, example);
  assert.ok(fits(written));

  await ask("POST /v1/endpoints", { body: { url: receiver.url } });
  const events = [
    { version: "1", data: { amount: 1, default: 2, parent: { amount: 3 } } },
    { data: { amount: 1 } },
    { version: "2", data: { total: 1.5 } },
    { version: "2", data: { amount: 1 } },
    { version: "1", data: { amount: 1, default: "2" } },
    { version: "1", data: { amount: 1, parent: {} } },
    { version: "3", data: { amount: 1 } },
  ];
  await ask("POST /v1/events", { body: events.map((event) => ({ type: "order.paid", subject: "s", ...event })) });
  await eventually("all delivered", () => receiver.requests.length === events.length);
  const key = (event: { version?: string; data: object }): string => JSON.stringify([event.version, event.data]);
  const verdicts = new Map(
    receiver.requests.map(({ body }) => [key(JSON.parse(body.toString())), fits(JSON.parse(body.toString()))]),
  );
  assert.deepEqual(
    events.map((event) => verdicts.get(key(event))),
    [true, true, true, false, false, false, false],
  );
});

it("a change of the catalogue is in the document at once, and no two schemas share a component", async (context) => {
  const { ask } = await aServer(context);
  const webhooks = async (): Promise<string[]> => Object.keys((await ask("GET /openapi.json")).body.webhooks);
  assert.deepEqual(await webhooks(), ["event"]);
  // The characters that a component's name may not have are written as one and the same.
  for (const [name, type] of [
    ["a/b", "integer"],
    ["a:b", "string"],
    ["a_b", "null"],
  ] as const) {
    await ask(`PUT /v1/event-types/${encodeURIComponent(name)}`, {
      body: { versions: [{ version: "1", schema: { type } }] },
    });
  }
  const { body: document } = await ask("GET /openapi.json");
  const envelope = { id: "e", type: "", timestamp: "t", version: "1" };
  for (const [name, data] of [
    ["a~1b", 1],
    ["a:b", "x"],
    ["a_b", null],
  ] as const) {
    const type = name.replace("~1", "/");
    for (const other of [1, "x", null]) {
      assert.equal(bodyCheck(document, name)({ ...envelope, type, data: other }), other === data, `${type} ${other}`);
    }
  }
  for (const name of Object.keys(document.components.schemas)) assert.match(name, /^[A-Za-z0-9._-]+$/);
  await ask("DELETE /v1/event-types/a_b");
  assert.deepEqual(await webhooks(), ["event", "a/b", "a:b"]);
});

it("types and versions that are called as parts of every object are in the document like any other", async (context) => {
  const { ask } = await aServer(context);
  for (const name of ["__proto__", "constructor"]) {
    const body = { versions: [{ version: "__proto__", example: 1 }] };
    assert.equal((await ask(`PUT /v1/event-types/${name}`, { body })).status, 201);
  }
  const { webhooks } = (await ask("GET /openapi.json")).body;
  assert.deepEqual(Object.keys(webhooks), ["event", "__proto__", "constructor"]);
  for (const { post } of Object.values<{ post: { requestBody: { content: object } } }>(webhooks).slice(1)) {
    assert.match(JSON.stringify(post.requestBody.content), /"examples":\{"__proto__":\{"value"/);
  }
});
