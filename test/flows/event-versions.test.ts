/** Endpoints that want events in a version of their own, and the version as a header. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { type ReceivedRequest, startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { type Answer, aServer, type TestServer } from "./a-server.ts";

const versions = [
  { version: "1" },
  { version: "2", transforms: { "1": '{"total": data.amount, "from": version}' } },
  {
    version: "3",
    schema: { required: ["cents"] },
    transforms: { "2": '{"cents": data.total * 100, "id": id, "from": data.from & "," & version}' },
  },
  { version: "lone" },
];

interface Story extends TestServer {
  readonly receiver: TestReceiver;
  endpoint(members: object): Promise<Answer>;
  publish(event: object): Promise<Answer>;
  delivered(count: number): Promise<readonly ReceivedRequest[]>;
}

async function aStory(context: TestContext): Promise<Story> {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  await server.ask("PUT /v1/event-types/order.paid", { body: { versions } });
  return {
    ...server,
    receiver,
    endpoint: (members) =>
      server.ask("POST /v1/endpoints", { body: { url: receiver.url, retry_delays_ms: [], ...members } }),
    publish: (event) => server.ask("POST /v1/events", { body: { type: "order.paid", data: { amount: 2 }, ...event } }),
    delivered: (count) =>
      eventually(`${count} deliveries`, () => receiver.requests.length >= count && receiver.requests),
  };
}

const bodyOf = ({ body }: ReceivedRequest): Record<string, unknown> => JSON.parse(body.toString());

it("an event goes to the version that its endpoint wants, by the fewest steps, and to others as it was published", async (context) => {
  const story = await aStory(context);
  await story.endpoint({ versions: { "order.paid": "3" }, url: `${story.receiver.url}/third` });
  await story.endpoint({ url: `${story.receiver.url}/any` });
  const { id } = (await story.publish({ version: "1" })).body;
  await story.delivered(2);
  const third = story.receiver.requests.find(({ path }) => path === "/third") as ReceivedRequest;
  const any = story.receiver.requests.find(({ path }) => path === "/any") as ReceivedRequest;
  assert.deepEqual([bodyOf(third).data, bodyOf(third).version], [{ cents: 200, id, from: "1,2" }, "3"]);
  assert.equal(third.headers["webhook-event-version"], "3");
  assert.deepEqual([bodyOf(any).data, bodyOf(any).version], [{ amount: 2 }, "1"]);
  assert.equal(any.headers["webhook-event-version"], "1");
  assert.equal(third.headers["webhook-id"], any.headers["webhook-id"]);
});

it("an event without a version is of the first, and one that is of the wanted version goes as it is", async (context) => {
  const story = await aStory(context);
  await story.endpoint({ versions: { "order.paid": "2" } });
  await story.publish({});
  await story.publish({ version: "2", data: { total: 9 } });
  await story.publish({ type: "other", data: 1 });
  const requests = await story.delivered(3);
  const data = requests.map(bodyOf);
  const of = (type: string, total?: number) =>
    data.find(
      (body) => body.type === type && (total === undefined || (body.data as { total: number }).total === total),
    );
  assert.deepEqual([of("order.paid", 2)?.data, of("order.paid", 2)?.version], [{ total: 2, from: "1" }, "2"]);
  assert.deepEqual([of("order.paid", 9)?.data, of("order.paid", 9)?.version], [{ total: 9 }, "2"]);
  assert.deepEqual([of("other")?.data, of("other")?.version], [1, undefined]);
  const other = requests.find((request) => bodyOf(request).type === "other");
  assert.equal(other?.headers["webhook-event-version"], undefined);
});

it("where no way leads to the wanted version the attempt fails and says so; a transform that is added delivers it", async (context) => {
  const story = await aStory(context);
  const { id } = (await story.endpoint({ versions: { "order.paid": "lone" } })).body;
  const event = (await story.publish({ version: "1" })).body;
  const attempt = await eventually("a failed attempt", async () => {
    const { data } = (await story.ask(`GET /v1/attempts?endpoint_id=${id}`)).body;
    return data[0] as Record<string, unknown> | undefined;
  });
  assert.equal(attempt.error_class, "transform");
  assert.match(String(attempt.error_detail), /version 1.*no way to version lone/);
  assert.equal(story.receiver.requests.length, 0);
  const added = versions.map((one) =>
    one.version === "lone" ? { ...one, transforms: { "1": '{"lone": true}' } } : one,
  );
  await story.ask("PUT /v1/event-types/order.paid", { body: { versions: added } });
  const retried = await story.ask(`POST /v1/endpoints/${id}/deliveries/${event.id}/retry`, { body: {} });
  assert.equal(retried.body.delivered, true, retried.text);
  assert.deepEqual(bodyOf(story.receiver.requests[0] as ReceivedRequest).data, { lone: true });
});

it("a version is refused that the catalogue does not know, and one that an endpoint wants stays in it", async (context) => {
  const story = await aStory(context);
  for (const wanted of [{ "order.paid": "9" }, { "order.lost": "1" }, { "order.*": "1" }]) {
    const refused = await story.endpoint({ versions: wanted });
    const field = `/versions/${Object.keys(wanted)[0]}`;
    assert.deepEqual([refused.status, refused.body.code, refused.body.field], [400, "version-unknown", field]);
  }
  const { id } = (await story.endpoint({ versions: { "order.paid": "2" } })).body;
  const path = "/v1/event-types/order.paid";
  for (const change of [
    story.ask(`DELETE ${path}`),
    story.ask(`PUT ${path}`, { body: { versions: [{ version: "1" }] } }),
  ]) {
    const refused = await change;
    assert.deepEqual([refused.status, refused.body.code], [409, "event-type-in-use"]);
  }
  const changed = await story.ask(`PATCH /v1/endpoints/${id}`, { body: { versions: {} } });
  assert.deepEqual(changed.body.versions, {});
  assert.equal((await story.ask(`DELETE ${path}`)).status, 204);
});

it("the version goes as a header in every format, where a header can carry it", async (context) => {
  const story = await aStory(context);
  for (const format of ["raw", "cloudevents", "cloudevents-binary", "form", "xml"]) {
    await story.endpoint({ format, url: `${story.receiver.url}/${format}` });
  }
  await story.endpoint({ signing: { scheme: "github" }, url: `${story.receiver.url}/github` });
  await story.publish({ type: "free", version: "2026-01-31" });
  const requests = await story.delivered(6);
  assert.equal(new Set(requests.map(({ path }) => path)).size, 6);
  for (const { headers, path } of requests) assert.equal(headers["webhook-event-version"], "2026-01-31", path);
  await story.publish({ type: "free", version: "übermorgen" });
  const more = await story.delivered(12);
  for (const { headers } of more.slice(6)) assert.equal(headers["webhook-event-version"], undefined);
});

it("a rotten transform fails its own deliveries, and not the server", async (context) => {
  const story = await aStory(context);
  const hang = [{ version: "1" }, { version: "2", transforms: { "1": "($f := function($x) { $f($x) }; $f(1))" } }];
  await story.ask("PUT /v1/event-types/slow", { body: { versions: hang } });
  const { id } = (await story.endpoint({ types: ["slow"], versions: { slow: "2" } })).body;
  await story.endpoint({ types: ["order.paid"] });
  await story.publish({ type: "slow" });
  await story.publish({});
  await story.delivered(1);
  const attempt = await eventually("a failed attempt", async () => {
    const { data } = (await story.ask(`GET /v1/attempts?endpoint_id=${id}`)).body;
    return data[0] as Record<string, unknown> | undefined;
  });
  assert.equal(attempt.error_class, "transform");
});

it("a version that leaves the catalogue while the receiver of its endpoint is asked is refused", async (context) => {
  const story = await aStory(context);
  const path = "/v1/event-types/order.paid";
  story.receiver.answer({
    write: (response, { body }) => {
      const { challenge } = JSON.parse(body.toString()).data;
      void story.ask(`DELETE ${path}`).then(() => response.end(JSON.stringify({ challenge })));
    },
  });
  const members = { versions: { "order.paid": "2" }, verification: "challenge" };
  const refused = await story.endpoint(members);
  assert.deepEqual([refused.status, refused.body.code], [400, "version-unknown"], refused.text);
  await story.ask(`PUT ${path}`, { body: { versions } });
  const { id } = (await story.endpoint({})).body;
  const unchanged = await story.ask(`PATCH /v1/endpoints/${id}`, {
    body: { ...members, url: `${story.receiver.url}/other` },
  });
  assert.deepEqual([unchanged.status, unchanged.body.code], [400, "version-unknown"], unchanged.text);
  assert.equal((await story.ask("GET /v1/endpoints")).body.data.length, 1);
  assert.equal((await story.ask(`PUT ${path}`, { body: { versions: [] } })).status, 201, "no endpoint wants a version");
});
