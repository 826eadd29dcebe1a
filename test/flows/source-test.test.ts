/** A source is sent what its provider would send. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { it } from "node:test";
import { presets } from "../../src/inbound/schemes/presets.ts";
import { Trotline } from "../../src/sdk/client.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aServer } from "./a-server.ts";
import { aSource } from "./a-source.ts";

it("a test is an event like those of the provider, under the word that was asked for", async (context) => {
  const { app, ask, url, key } = await aServer(context);
  await aSource(app, { name: "code" });
  const client = new Trotline({ url, key });
  const usual = await client.sources.test("code");
  assert.deepEqual([usual.taken, usual.status, usual.code, usual.detail], [true, 200, null, null]);
  const { data: schemes } = (await ask("GET /v1/schemes")).body;
  const { test_events: words } = schemes.find(({ name }: { name: string }) => name === "github");
  assert.ok(words.length > 1 && words[0] === usual.event);
  const other = words[1];
  assert.equal((await client.sources.test("code", { event: other })).event, other);
  const { data: events } = (await ask("GET /v1/events?after=earliest")).body;
  assert.deepEqual(
    events.map(({ type, source }: { type: string; source: string }) => [type, source]),
    [
      [`code.${usual.event}`, "code"],
      [`code.${other}`, "code"],
    ],
  );
  const { headers } = (await ask(`GET /v1/events/${events[0].id}/request`)).body;
  assert.ok(headers.some(([name, value]: string[]) => name === "User-Agent" && value === "trotline-test"));
});

it("a forged test is refused as the provider's would be, and leaves a receipt", async (context) => {
  const { app, ask } = await aServer(context);
  await aSource(app, { name: "code" });
  const { status, body } = await ask("POST /v1/sources/code/test", { body: { forged: true } });
  assert.deepEqual([status, body.taken, body.status, body.code], [200, false, 401, "verification-failed"]);
  assert.match(body.detail, /\w/);
  const data = await eventually("the receipt is kept", async () => {
    const { data: kept } = (await ask("GET /v1/sources/code/receipts")).body;
    return kept.length > 0 && kept;
  });
  assert.deepEqual(
    data.map(({ outcome, code }: { outcome: string; code: string }) => [outcome, code]),
    [["rejected", "verification_failed"]],
  );
  await ask("POST /v1/sources/code/pause", { body: {} });
  assert.deepEqual((await ask("POST /v1/sources/code/test", { body: {} })).body.status, 503);
});

it("every provider whose secret is shared can be played, and no other", async (context) => {
  const { app, ask } = await aServer(context);
  const { data } = (await ask("GET /v1/schemes")).body;
  const played: string[] = [];
  for (const { name, settings, test_events: words } of data) {
    const scheme = presets.get(name);
    assert.ok(scheme?.signer);
    const { secret } = scheme.signer.makeSecret((count) => randomBytes(count));
    const needed = settings.filter(({ required }: { required: boolean }) => required);
    const given = Object.fromEntries(
      needed.map((setting: { name: string }) => [setting.name, "https://example.com/x"]),
    );
    const input = { name: `${name}-x`, scheme: { preset: name, settings: given } };
    await app.sources
      .create({ tenant: "default", ...input, ...(scheme.secret !== null && { secret: { value: secret } }) })
      .catch(() => {});
    if (app.sources.byName(input.name) === undefined) continue;
    const { status, body } = await ask(`POST /v1/sources/${input.name}/test`, { body: {} });
    if (words.length === 0) assert.deepEqual([name, status, body.code], [name, 409, "source-untestable"]);
    else assert.deepEqual([name, status, body.status < 300], [name, 200, true], JSON.stringify(body));
    played.push(name);
  }
  assert.ok(played.length > 35 && played.includes("stripe") && played.includes("sendgrid"), played.join(", "));
});

it("a source that verifies nothing takes a test; what cannot be sent is said", async (context) => {
  const { app, ask } = await aServer(context);
  await aSource(app, { name: "open", scheme: { unverified: true } });
  assert.equal((await ask("POST /v1/sources/open/test", { body: {} })).body.taken, true);
  assert.equal((await ask("POST /v1/sources/open/test", { body: { forged: true } })).body.code, "source-untestable");
  await aSource(app, { name: "code" });
  const refused = await ask("POST /v1/sources/code/test", { body: { event: "nonsense" } });
  assert.deepEqual([refused.status, refused.body.field], [400, "/event"]);
  assert.match(refused.body.detail, /push/);
  assert.equal((await ask("POST /v1/sources/none/test", { body: {} })).status, 404);
});
