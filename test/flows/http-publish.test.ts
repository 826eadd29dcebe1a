/** Publishing JSON over HTTP: what is answered, and that bytes are kept. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { anEvent, aServer } from "./a-server.ts";

it("one event is answered with its id and cursor, and the same again as a duplicate", async (context) => {
  const { ask } = await aServer(context);
  const first = await ask("POST /v1/events", { body: anEvent({ id: "e1" }) });
  assert.equal(first.status, 201);
  assert.equal(first.headers.get("content-type"), "application/json; charset=utf-8");
  assert.deepEqual(first.body, { id: "e1", cursor: first.body.cursor, duplicate: false });
  const again = await ask("POST /v1/events", { body: anEvent({ id: "e1" }) });
  assert.deepEqual([again.status, again.body], [200, { ...first.body, duplicate: true }]);
  const made = await ask("POST /v1/events", { body: anEvent() });
  assert.match(made.body.id, /^evt_[0-9a-z]{26}$/);
});

it("a batch is answered item by item; 200 only where every item is a duplicate", async (context) => {
  const { ask } = await aServer(context);
  const batch = (...ids: string[]) => ask("POST /v1/events", { body: ids.map((id) => anEvent({ id })) });
  const duplicates = (answer: Awaited<ReturnType<typeof batch>>) =>
    answer.body.data.map((item: { id: string; duplicate: boolean }) => [item.id, item.duplicate]);
  const first = await batch("a", "b");
  assert.deepEqual(
    [first.status, duplicates(first)],
    [
      201,
      [
        ["a", false],
        ["b", false],
      ],
    ],
  );
  const mixed = await batch("b", "c");
  assert.deepEqual(
    [mixed.status, duplicates(mixed)],
    [
      201,
      [
        ["b", true],
        ["c", false],
      ],
    ],
  );
  assert.equal((await batch("a", "b", "c")).status, 200);
});

it("one bad item refuses the whole batch and says which", async (context) => {
  const { ask } = await aServer(context);
  const refused = await ask("POST /v1/events", {
    body: [anEvent({ id: "ok" }), anEvent({ typ: "x" }), { type: "a b", data: 1 }],
  });
  assert.equal(refused.status, 400);
  assert.deepEqual(
    refused.body.errors.map((error: Record<string, unknown>) => [error.index, error.code, error.field]),
    [
      [1, "unknown-field", "/typ"],
      [2, "invalid-body", "/type"],
    ],
  );
  assert.equal((await ask("GET /v1/events/ok")).body.code, "event-not-found");
});

it("an Idempotency-Key is answered as the first time, and refuses another body", async (context) => {
  const { ask } = await aServer(context);
  const headers = { "idempotency-key": "one" };
  const first = await ask("POST /v1/events", { body: anEvent(), headers });
  const again = await ask("POST /v1/events", { body: anEvent(), headers });
  assert.equal(again.status, 200);
  assert.deepEqual(again.body, { ...first.body, duplicate: true });
  const other = await ask("POST /v1/events", { body: anEvent({ data: 2 }), headers });
  assert.deepEqual([other.status, other.body.code], [422, "idempotency-mismatch"]);
});

it("data is answered byte for byte, whatever its bytes", async (context) => {
  const { ask } = await aServer(context);
  const texts = [
    '{"n":12345678901234567890, "b":1,"a":1.0,"a":2}',
    '"\\u00e9 é \\/ \u{1f600}"',
    "[1 ,\n2]",
    "null",
    `"${"x".repeat(200_000)}"`,
  ];
  for (const [index, data] of texts.entries()) {
    const rest = '"subject":"s","version":"2","occurred_at":"2026-01-31T12:00:00+01:00"';
    const raw = `{"id":"e${index}","type":"a.b","data":${data},${rest}}`;
    assert.equal((await ask("POST /v1/events", { raw })).status, 201);
    const { text, body } = await ask(`GET /v1/events/e${index}`);
    assert.ok(text.includes(`,"data":${data},"deliveries":[]}`), text.slice(0, 300));
    assert.deepEqual(
      [body.subject, body.version, body.occurred_at, body.tenant],
      ["s", "2", "2026-01-31T11:00:00.000Z", "default"],
    );
  }
});

it("a text or a time that would be stored as another is refused", async (context) => {
  const { ask } = await aServer(context);
  const refused = async (rest: string): Promise<unknown[]> => {
    const { status, body } = await ask("POST /v1/events", { raw: `{"type":"a.b","data":1,${rest}}` });
    return [status, body.code, body.field];
  };
  assert.deepEqual(await refused('"subject":"\\ud800"'), [400, "invalid-body", "/subject"]);
  for (const day of ["2026-02-29", "2026-02-30", "2100-02-29", "2026-04-31"]) {
    assert.deepEqual(await refused(`"occurred_at":"${day}T12:00:00Z"`), [400, "invalid-body", "/occurred_at"], day);
  }
  const leapDay = anEvent({ occurred_at: "2028-02-29T23:59:59-12:00" });
  assert.equal((await ask("POST /v1/events", { body: leapDay })).status, 201);
});

it("an id of the greatest length can be looked up, and tenants do not see each other's events", async (context) => {
  const { ask } = await aServer(context);
  const id = `e:${"x".repeat(126)}`;
  await ask("POST /v1/events", { body: anEvent({ id, tenant: "acme" }) });
  assert.equal((await ask(`GET /v1/events/${encodeURIComponent(id)}?tenant=acme`)).body.id, id);
  assert.equal((await ask(`GET /v1/events/${encodeURIComponent(id)}`)).status, 404);
});

it("many publishers at once get their own events back, byte for byte", async (context) => {
  const { ask } = await aServer(context);
  const publishOne = async (index: number): Promise<void> => {
    const data = JSON.stringify(String(index).repeat(1 + ((index * 7919) % 20_000)));
    await ask("POST /v1/events", { raw: `{"id":"e${index}","type":"a.b","data":${data}}` });
    const { text } = await ask(`GET /v1/events/e${index}`);
    assert.ok(text.includes(`,"data":${data},"deliveries":`), `event ${index}`);
  };
  await Promise.all(Array.from({ length: 300 }, (_, index) => publishOne(index)));
});
