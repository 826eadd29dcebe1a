/** Sources over HTTP: made, changed, paused and deleted; what they may be, and what their secrets are. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { presets } from "../../src/inbound/schemes/presets.ts";
import { openSqliteStore } from "../../src/log/sqlite/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { HandClock, silent } from "../conformance/store-kinds.ts";
import { aServer, type TestServer } from "./a-server.ts";

const secret = "a secret of the test's own";
const github = { name: "github", scheme: { preset: "github" }, secret };

/** Of settings that take not every text. */
const sampleSettings: Readonly<Record<string, string>> = {
  topic_arn: "arn:aws:sns:us-east-1:123456789012:orders",
};

const making = ({ ask }: TestServer, body: object) => ask("POST /v1/sources", { body });

describe("a source", () => {
  it("is made with defaults, found by id and by name, and shows no secret but when it is made", async (context) => {
    const server = await aServer(context, { app: { publicUrl: "https://hooks.example.com" } });
    const made = await making(server, github);
    assert.equal(made.status, 201, made.text);
    const { id, created_at, updated_at, secrets, ...rest } = made.body;
    assert.match(id, /^src_/);
    assert.equal(made.headers.get("location"), `/v1/sources/${id}`);
    assert.equal(made.headers.get("cache-control"), "no-store");
    assert.deepEqual(
      secrets.map(({ id: _, ...one }: { id: string }) => one),
      [{ secret, expires_at: null }],
    );
    assert.deepEqual(rest, {
      name: "github",
      tenant: "default",
      url: "https://hooks.example.com/in/github",
      description: "",
      scheme: { preset: "github", settings: {} },
      methods: ["POST"],
      allow_addresses: [],
      body_bytes_max: limits.receivedBodyBytesDefault,
      rate_limit: null,
      deduplication: "delivery_id",
      answer: null,
      status: "enabled",
    });
    for (const path of [`/v1/sources/${id}`, "/v1/sources/github", "/v1/sources"]) {
      const read = await server.ask(`GET ${path}`);
      assert.equal(read.status, 200);
      assert.ok(!read.text.includes(secret), path);
    }
    assert.deepEqual((await server.ask(`GET /v1/sources/${id}`)).body, { id, created_at, updated_at, ...rest });
  });

  it("has a path for its URL where the server does not know where it is reached", async (context) => {
    const server = await aServer(context);
    assert.equal((await making(server, github)).body.url, "/in/github");
  });

  it("is made with every setting, and changed member by member", async (context) => {
    const server = await aServer(context);
    const custom = {
      signature: { place: "header:x-signature", prefix: "sha256=" },
      content: "{timestamp}.{body}",
      timestamp: { place: "header:x-time", unit: "seconds" },
      id: "header:x-id",
      tolerance_ms: 60_000,
    };
    const settings = {
      description: "orders",
      methods: ["POST", "GET"],
      allow_addresses: ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"],
      body_bytes_max: 1000,
      rate_limit: { per_second: 2.5, burst: 9 },
      deduplication: "body",
      answer: { status: 202, body: "thanks", content_type: "text/plain" },
    };
    const wanted = { name: "shop_1-x", tenant: "acme", scheme: { custom }, secret, ...settings };
    const made = await making(server, wanted);
    assert.equal(made.status, 201, made.text);
    const { name, tenant, scheme, ...shown } = made.body;
    assert.deepEqual([name, tenant], ["shop_1-x", "acme"]);
    for (const [member, value] of Object.entries(settings)) assert.deepEqual(shown[member], value, member);
    assert.deepEqual(scheme.custom, {
      algorithm: "hmac-sha256",
      secret_encoding: "utf8",
      secret_prefix: "",
      type: null,
      occurred_at: null,
      ...custom,
      signature: { encoding: "hex", form: "one", separator: ",", name: "", ...custom.signature },
    });
    const change = { description: "", rate_limit: { per_second: 0.5 }, answer: null, methods: ["POST"] };
    const changed = await server.ask("PATCH /v1/sources/shop_1-x", { body: change });
    assert.equal(changed.status, 200, changed.text);
    const { secrets: _, ...before } = made.body;
    const after = { ...change, rate_limit: { per_second: 0.5, burst: 1 }, updated_at: changed.body.updated_at };
    assert.deepEqual(changed.body, { ...before, ...after });
    assert.deepEqual((await server.ask("GET /v1/sources/shop_1-x")).body, changed.body);
  });

  it("may get another name, which is then its address, and the old one is free", async (context) => {
    const server = await aServer(context);
    const { id } = (await making(server, github)).body;
    const renamed = await server.ask("PATCH /v1/sources/github", { body: { name: "code" } });
    assert.deepEqual([renamed.body.id, renamed.body.url], [id, "/in/code"]);
    assert.equal((await server.ask("GET /v1/sources/github")).body.code, "source-not-found");
    assert.equal((await making(server, github)).status, 201);
    const taken = await server.ask("PATCH /v1/sources/code", { body: { name: "github" } });
    assert.deepEqual([taken.status, taken.body.code], [409, "source-exists"]);
  });

  it("has a name that no other has, whatever its tenant, also when both are made at once", async (context) => {
    const server = await aServer(context);
    const both = await Promise.all([making(server, github), making(server, { ...github, tenant: "acme" })]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
    assert.equal(both.find(({ status }) => status === 409)?.body.code, "source-exists");
  });

  it("is paused, resumed and deleted, and what is not there is said so", async (context) => {
    const server = await aServer(context);
    const { id } = (await making(server, github)).body;
    assert.equal((await server.ask("POST /v1/sources/github/pause")).body.status, "paused");
    assert.equal(server.app.sources.byName("github")?.status, "paused");
    assert.equal((await server.ask(`POST /v1/sources/${id}/resume`)).body.status, "enabled");
    assert.equal((await server.ask("DELETE /v1/sources/github")).status, 204);
    assert.equal(server.app.sources.byName("github"), undefined);
    for (const [what, body] of [
      [`GET /v1/sources/${id}`],
      ["PATCH /v1/sources/github", { description: "" }],
      ["DELETE /v1/sources/github"],
      ["POST /v1/sources/github/pause"],
      ["GET /v1/sources/github/secrets"],
      ["GET /v1/sources/github/receipts"],
    ] as const) {
      const refused = await server.ask(what, body === undefined ? {} : { body });
      assert.deepEqual([refused.status, refused.body.code], [404, "source-not-found"], what);
    }
  });

  it("is listed page by page, oldest first, and by tenant", async (context) => {
    const server = await aServer(context);
    const ids: string[] = [];
    for (const [index, tenant] of ["acme", "globex", "acme"].entries()) {
      ids.push((await making(server, { ...github, name: `s${index}`, tenant })).body.id);
    }
    const first = (await server.ask("GET /v1/sources?limit=2")).body;
    assert.deepEqual(first.data.map(({ id }: { id: string }) => id).length, 2);
    const second = (await server.ask(`GET /v1/sources?limit=2&after=${first.next_cursor}`)).body;
    const listed = [...first.data, ...second.data].map(({ id }: { id: string }) => id);
    assert.deepEqual(listed, [...ids].sort());
    assert.deepEqual([second.next_cursor, second.has_more], [null, false]);
    const ofAcme = (await server.ask("GET /v1/sources?tenant=acme")).body.data;
    assert.deepEqual(ofAcme.map(({ name }: { name: string }) => name).sort(), ["s0", "s2"]);
  });

  it("is there again after a restart, with its secrets", async (context) => {
    const folder = temporaryFolder("sources");
    const app = { store: { folder, bytesMax: null }, adminKey: "k".repeat(40) };
    const ends: (() => Promise<void>)[] = [];
    const once = await aServer({ after: (end: () => Promise<void>) => ends.push(end) } as never, { app });
    await making(once, { ...github, description: "kept" });
    const before = (await once.ask("GET /v1/sources/github")).body;
    const secretsBefore = (await once.ask("GET /v1/sources/github/secrets")).body;
    for (const end of ends) await end();
    const again = await aServer(context, { app });
    assert.deepEqual((await again.ask("GET /v1/sources/github")).body, before);
    assert.deepEqual((await again.ask("GET /v1/sources/github/secrets")).body, secretsBefore);
  });

  it("that was stored by a version which knew less has defaults for the rest", async (context) => {
    const folder = temporaryFolder("sources");
    const store = await openSqliteStore({ folder, clock: systemClock(), logger: silent });
    const old = { id: "src_old", name: "old", tenant: "default", scheme: { unverified: true }, status: "enabled" };
    await store.sources.create({ ...old, createdAtMs: 0, updatedAtMs: 0 } as never);
    await store.close();
    const server = await aServer(context, { app: { store: { folder, bytesMax: null }, adminKey: "k".repeat(40) } });
    const { body } = await server.ask("GET /v1/sources/old");
    assert.deepEqual([body.methods, body.deduplication, body.rate_limit], [["POST"], "delivery_id", null]);
  });
});

it("what comes to a source whose scheme only a later version knows is put off, noted and counted", async (context) => {
  const folder = temporaryFolder("sources");
  const store = await openSqliteStore({ folder, clock: systemClock(), logger: silent });
  const scheme = { preset: "of-tomorrow", settings: {} };
  const newer = { id: "src_new", name: "new", tenant: "default", scheme, status: "enabled" };
  await store.sources.create({ ...newer, createdAtMs: 0, updatedAtMs: 0 } as never);
  await store.close();
  const server = await aServer(context, { app: { store: { folder, bytesMax: null } } });
  const response = await fetch(`${server.url}/in/new`, { method: "POST", body: "{}" });
  assert.equal(response.status, 503);
  assert.ok(Number(response.headers.get("retry-after")) >= 1);
  const { body } = await eventually("a receipt", async () => {
    const answer = await server.ask("GET /v1/sources/new/receipts");
    return answer.body.data.length > 0 && answer;
  });
  assert.deepEqual([body.data[0].code, body.data[0].event_id], ["store_unavailable", null]);
  const { text } = await server.ask("GET /metrics");
  assert.match(text, /^trotline_inbound_requests_total\{outcome="rejected",code="store_unavailable"\} 1$/m);
});

describe("what a source cannot be", () => {
  const unverified = { scheme: { unverified: true } };
  const custom = (members: object) => ({ name: "x", secret, scheme: { custom: members } });
  const signature = { place: "header:x-signature" };

  for (const [what, body, field, sentence] of [
    ["a name with a capital", { ...unverified, name: "GitHub" }, "/name", /lower-case/],
    ["a name with a slash", { ...unverified, name: "a/b" }, "/name", /lower-case/],
    ["a name that begins with a hyphen", { ...unverified, name: "-a" }, "/name", /beginning with/],
    ["a name that looks like an id", { ...unverified, name: "src_1" }, "/name", /src_/],
    ["a long name", { ...unverified, name: "a".repeat(65) }, "/name", /64/],
    ["no scheme", { name: "x" }, "/scheme", /missing/],
    ["an empty scheme", { name: "x", scheme: {} }, "/scheme", /exactly one/],
    ["two schemes", { name: "x", scheme: { preset: "github", unverified: true } }, "/scheme", /exactly one/],
    ["what is not said outright", { name: "x", scheme: { unverified: false } }, "/scheme/unverified", /is true/],
    ["a preset misspelt", { name: "x", scheme: { preset: "githb" } }, "/scheme/preset", /`github`/],
    [
      "a setting that the preset has not",
      { ...github, scheme: { preset: "github", settings: { a: "" } } },
      "/scheme/settings/a",
      /no setting/,
    ],
    [
      "settings without a preset",
      { name: "x", scheme: { unverified: true, settings: {} } },
      "/scheme/settings",
      /preset/,
    ],
    ["a custom scheme that signs no body", custom({ signature, content: "x" }), "/scheme/custom/content", /\{body\}/],
    [
      "a custom scheme without a place",
      custom({ signature: { place: "nowhere" } }),
      "/scheme/custom/signature/place",
      /./,
    ],
    [
      "a custom scheme's tolerance of a year",
      custom({ signature, tolerance_ms: 4e10 }),
      "/scheme/custom/tolerance_ms",
      /./,
    ],
    ["no method", { ...unverified, name: "x", methods: [] }, "/methods", /./],
    ["a method twice", { ...unverified, name: "x", methods: ["POST", "POST"] }, "/methods", /once/],
    [
      "an address that is none",
      { ...unverified, name: "x", allow_addresses: ["10.0.0.1", "10.0.0.256"] },
      "/allow_addresses/1",
      /10\.0\.0\.256/,
    ],
    [
      "a range with bits beyond its prefix",
      { ...unverified, name: "x", allow_addresses: ["10.0.0.1/8"] },
      "/allow_addresses/0",
      /10\.0\.0\.0\/8/,
    ],
    ["a body of no bytes", { ...unverified, name: "x", body_bytes_max: 0 }, "/body_bytes_max", /./],
    [
      "a body beyond all bounds",
      { ...unverified, name: "x", body_bytes_max: limits.receivedBodyBytesMax + 1 },
      "/body_bytes_max",
      /./,
    ],
    ["an answer that is not a success", { ...unverified, name: "x", answer: { status: 302 } }, "/answer/status", /./],
    [
      "a body where there can be none",
      { ...unverified, name: "x", answer: { status: 204, body: "x" } },
      "/answer/body",
      /204/,
    ],
    [
      "a media type with a line end",
      { ...unverified, name: "x", answer: { status: 200, content_type: "a/b\r\nx: y" } },
      "/answer/content_type",
      /media type/,
    ],
    ["no rate at all", { ...unverified, name: "x", rate_limit: { per_second: 0 } }, "/rate_limit/per_second", /./],
    [
      "more addresses than may be",
      { ...unverified, name: "x", allow_addresses: Array(limits.addressesPerSource + 1).fill("10.0.0.1") },
      "/allow_addresses",
      /1000/,
    ],
    [
      "a long answer",
      { ...unverified, name: "x", answer: { status: 200, body: "a".repeat(limits.sourceAnswerLength + 1) } },
      "/answer/body",
      /4096/,
    ],
    [
      "a long media type",
      { ...unverified, name: "x", answer: { status: 200, content_type: `a/${"b".repeat(limits.contentTypeLength)}` } },
      "/answer/content_type",
      /128/,
    ],
    ["a long secret", { ...github, secret: "a".repeat(limits.sourceSecretLength + 1) }, "/secret", /8192/],
    [
      "a long setting",
      { ...github, scheme: { preset: "token", settings: { place: "a".repeat(limits.schemeSettingLength + 1) } } },
      "/scheme/settings/place",
      /1024/,
    ],
    [
      "more settings than any preset has",
      {
        ...github,
        scheme: {
          preset: "token",
          settings: Object.fromEntries(Array.from({ length: limits.schemeSettings + 1 }, (_, i) => [`s${i}`, ""])),
        },
      },
      "/scheme/settings",
      /20/,
    ],
    [
      "a rate beyond all bounds",
      { ...unverified, name: "x", rate_limit: { per_second: limits.sourceRatePerSecondMax + 1 } },
      "/rate_limit/per_second",
      /./,
    ],
    ["a tenant with a space", { ...unverified, name: "x", tenant: "a b" }, "/tenant", /letters/],
  ] as const) {
    it(`${what} is refused`, async (context) => {
      const server = await aServer(context);
      const refused = await making(server, body);
      assert.deepEqual(
        [refused.status, refused.body.code, refused.body.field],
        [400, "invalid-body", field],
        refused.text,
      );
      assert.match(refused.body.detail, sentence);
      assert.equal((await server.ask("GET /v1/sources")).body.data.length, 0);
    });
  }

  it("a change that cannot be leaves the source as it was", async (context) => {
    const server = await aServer(context);
    await making(server, github);
    const before = (await server.ask("GET /v1/sources/github")).body;
    for (const body of [{ methods: ["BREW"] }, { name: "A" }, { description: "new", allow_addresses: ["x"] }]) {
      assert.equal((await server.ask("PATCH /v1/sources/github", { body })).status, 400);
    }
    assert.deepEqual((await server.ask("GET /v1/sources/github")).body, before);
  });

  it("a tenant has no more sources than it may", async (context) => {
    const server = await aServer(context);
    const scheme = { unverified: true } as const;
    for (let index = 0; index < limits.sourcesPerTenant; index++) {
      await server.app.sources.create({ name: `s${index}`, tenant: "default", scheme });
    }
    const refused = await making(server, { name: "more", scheme });
    assert.deepEqual([refused.status, refused.body.code], [409, "source-limit"]);
    assert.equal((await making(server, { name: "more", tenant: "acme", scheme })).status, 201);
  });
});

describe("the secrets of a source", () => {
  const secretsOf = async ({ ask }: TestServer): Promise<{ id: string; secret: string; expires_at: string | null }[]> =>
    (await ask("GET /v1/sources/github/secrets")).body.data;

  it("are made where the receiver chooses them, and told once and on request", async (context) => {
    const server = await aServer(context);
    const made = (await making(server, { name: "github", scheme: { preset: "github" } })).body;
    assert.ok(made.secrets[0].secret.length >= 16);
    assert.deepEqual(await secretsOf(server), made.secrets);
    const other = (await making(server, { name: "b", scheme: { preset: "github" }, secret: "generate" })).body;
    assert.notEqual(other.secrets[0].secret, made.secrets[0].secret);
  });

  it("must be given where the provider makes them, or the source begins paused", async (context) => {
    const server = await aServer(context);
    const stripe = { name: "pay", scheme: { preset: "stripe" } };
    const refused = await making(server, stripe);
    assert.deepEqual([refused.body.code, refused.body.field], ["source-secret-missing", "/secret"]);
    assert.ok(refused.body.detail.includes(presets.get("stripe")?.secret), "it says where the provider shows it");
    assert.equal((await making(server, { ...stripe, status: "paused" })).status, 201);
    assert.equal((await server.ask("POST /v1/sources/pay/resume")).body.code, "source-secret-missing");
    const added = await server.ask("POST /v1/sources/pay/secrets", { body: { secret: "whsec_0123456789abcdef" } });
    assert.equal(added.status, 201, added.text);
    assert.equal((await server.ask("POST /v1/sources/pay/resume")).body.status, "enabled");
    const last = await server.ask(`DELETE /v1/sources/pay/secrets/${added.body.data[0].id}`);
    assert.equal(last.body.code, "source-secret-missing", "an enabled source keeps its last secret");
    await server.ask("POST /v1/sources/pay/pause");
    assert.equal((await server.ask(`DELETE /v1/sources/pay/secrets/${added.body.data[0].id}`)).status, 204);
  });

  for (const { name, secret: about, secretFrom, settings } of presets.values()) {
    it(`of ${name} are made, waited for, or asked for`, async (context) => {
      const server = await aServer(context);
      const required = settings
        .filter(({ isRequired }) => isRequired)
        .map(({ name }) => [name, sampleSettings[name] ?? "https://example.com/x"]);
      const scheme = { preset: name, settings: Object.fromEntries(required) };
      const made = await making(server, { name: "x", status: "paused", scheme });
      assert.equal(made.status, 201, made.text);
      const expected = about !== null && secretFrom === "receiver" ? 1 : 0;
      assert.equal(made.body.secrets.length, expected);
      const resumed = await server.ask("POST /v1/sources/x/resume");
      // Whoever does not take the one that a handshake brings must be given one.
      const isAsked = about !== null && secretFrom !== "receiver";
      assert.equal(resumed.body.code ?? resumed.body.status, isAsked ? "source-secret-missing" : "enabled");
      if (secretFrom !== "handshake") return;
      const taking = { scheme: { ...scheme, settings: { handshake: "accept" } }, status: "enabled" };
      assert.equal((await making(server, { name: "y", ...taking })).body.status, "enabled");
    });
  }

  it("of a provider's own making are not made here, where they would take over from one that verifies", async (context) => {
    const server = await aServer(context);
    await making(server, { name: "pay", scheme: { preset: "stripe" }, secret: "whsec_of_stripe" });
    for (const body of [{}, { secret: "generate" }, { grace_ms: 0 }]) {
      const added = await server.ask("POST /v1/sources/pay/secrets", { body });
      assert.deepEqual([added.status, added.body.code, added.body.field], [400, "secret-invalid", "/secret"]);
      assert.match(added.body.detail, /^None can be made here\. The signing secret of the endpoint: Workbench/);
    }
    const kept = (await server.ask("GET /v1/sources/pay/secrets")).body.data;
    assert.deepEqual(
      kept.map(({ secret, expires_at }: Record<string, unknown>) => [secret, expires_at]),
      [["whsec_of_stripe", null]],
    );
    const own = { custom: { signature: { place: "header:x-signature" } } };
    assert.equal((await making(server, { name: "own", scheme: own, secret: "generate" })).status, 201);
  });

  it("are refused where the scheme has none, or takes no such one, in words that do not repeat them", async (context) => {
    const server = await aServer(context);
    const none = await making(server, { name: "x", scheme: { unverified: true }, secret });
    assert.deepEqual([none.body.code, none.body.field], ["secret-invalid", "/secret"]);
    const empty = await making(server, { ...github, secret: "" });
    assert.equal(empty.status, 400);
    const notMade = await making(server, { name: "x", scheme: { unverified: true }, secret: "generate" });
    assert.equal(notMade.body.code, "secret-invalid");
    const misfit = await making(server, { name: "x", scheme: { preset: "standard-webhooks" }, secret: "no base64 !" });
    assert.equal(misfit.body.code, "secret-invalid");
    assert.ok(!misfit.text.includes("no base64"), misfit.text);
  });

  it("take over from each other: those before go on for a grace, and then verify no more", async (context) => {
    const clock = new HandClock();
    const server = await aServer(context, { app: { machine: { clock } } });
    await making(server, github);
    const body = { secret: "the second secret", grace_ms: 60_000 };
    const rotated = await server.ask("POST /v1/sources/github/secrets", { body });
    assert.equal(rotated.status, 201);
    const [second, first] = await secretsOf(server);
    assert.deepEqual([second?.secret, second?.expires_at, first?.secret], [body.secret, null, secret]);
    assert.equal(Date.parse(first?.expires_at ?? ""), clock.nowMs + 60_000);
    const longer = { secret: "the third secret", grace_ms: 120_000 };
    await server.ask("POST /v1/sources/github/secrets", { body: longer });
    const ends = (await secretsOf(server)).map(({ expires_at: at }) => (at === null ? null : Date.parse(at)));
    assert.deepEqual(ends, [null, clock.nowMs + 120_000, clock.wallMs() + 60_000], "no grace is made longer");
    clock.nowMs += 90_000;
    assert.deepEqual(
      (await secretsOf(server)).map((one) => one.secret),
      ["the third secret", "the second secret"],
    );
    clock.nowMs += 60_000;
    assert.deepEqual(
      (await secretsOf(server)).map((one) => one.secret),
      ["the third secret"],
    );
  });

  it("without a grace all verify, one may be given an end, and one may be taken away", async (context) => {
    const server = await aServer(context);
    await making(server, github);
    const expires = "2099-01-01T00:00:00.000Z";
    await server.ask("POST /v1/sources/github/secrets", { body: { secret: "another secret", expires_at: expires } });
    const [newest, first] = await secretsOf(server);
    assert.deepEqual([newest?.expires_at, first?.expires_at], [expires, null]);
    assert.equal((await server.ask(`DELETE /v1/sources/github/secrets/${newest?.id}`)).status, 204);
    assert.deepEqual(await secretsOf(server), [first]);
    const gone = await server.ask(`DELETE /v1/sources/github/secrets/${newest?.id}`);
    assert.deepEqual([gone.status, gone.body.code], [404, "secret-not-found"]);
    for (const at of ["2001-01-01T00:00:00Z", "soon"]) {
      const refused = await server.ask("POST /v1/sources/github/secrets", { body: { expires_at: at } });
      assert.equal(refused.body.field, "/expires_at");
    }
  });

  it("a secret that is added again is the newest, once", async (context) => {
    const server = await aServer(context);
    await making(server, github);
    await server.ask("POST /v1/sources/github/secrets", { body: { secret: "another secret" } });
    await server.ask("POST /v1/sources/github/secrets", { body: { secret } });
    assert.deepEqual(
      (await secretsOf(server)).map((one) => one.secret),
      [secret, "another secret"],
    );
  });

  it("are no more than may be; a grace of 0 makes room", async (context) => {
    const server = await aServer(context);
    await making(server, github);
    const add = (body = {}) => server.ask("POST /v1/sources/github/secrets", { body });
    for (let count = 1; count < limits.secretsPerSource; count++) assert.equal((await add()).status, 201);
    const refused = await add();
    assert.deepEqual([refused.status, refused.body.code], [409, "secret-limit"]);
    assert.equal((await add({ grace_ms: 0 })).status, 201);
    assert.equal((await secretsOf(server)).length, 1);
  });

  it("are replaced by a change, which must give one that the new scheme takes", async (context) => {
    const server = await aServer(context);
    await making(server, github);
    assert.equal((await server.ask("PATCH /v1/sources/github", { body: { secret: "the only secret" } })).status, 200);
    assert.deepEqual(
      (await secretsOf(server)).map((one) => one.secret),
      ["the only secret"],
    );
    const scheme = { unverified: true };
    assert.equal((await server.ask("PATCH /v1/sources/github", { body: { scheme } })).status, 200);
    assert.deepEqual(await secretsOf(server), [], "what is not verified keeps none");
    const back = { scheme: { preset: "github" } };
    assert.equal((await server.ask("PATCH /v1/sources/github", { body: back })).status, 200);
    assert.equal((await secretsOf(server)).length, 1, "one is made where the receiver chooses it");
  });

  it("that a handshake brings is kept where there is none, and only then", async (context) => {
    const server = await aServer(context);
    const { sources } = server.app;
    const { id } = await sources.create({
      name: "a",
      tenant: "default",
      scheme: { preset: "github", settings: {} },
      status: "paused",
    });
    assert.equal(await sources.keepFirstSecret(id, secret), false, "it has one");
    const [only] = sources.secrets(sources.require(id));
    await sources.removeSecret(id, only?.id ?? "");
    const kept = await Promise.all([sources.keepFirstSecret(id, secret), sources.keepFirstSecret(id, "another one")]);
    assert.deepEqual(kept, [true, false]);
    assert.deepEqual(
      sources.secrets(sources.require(id)).map(({ value }) => value),
      [secret],
    );
  });

  it("are not told to keys that only read", async (context) => {
    const server = await aServer(context);
    await making(server, github);
    const { key } = (await server.ask("POST /v1/keys", { body: { name: "reader", scopes: ["read"] } })).body;
    assert.equal((await server.ask("GET /v1/sources/github/secrets", { key })).status, 403);
    assert.equal((await server.ask("GET /v1/sources/github", { key })).status, 200);
  });
});

it("the schemes are listed with what each asks for", async (context) => {
  const { ask } = await aServer(context);
  const { data } = (await ask("GET /v1/schemes")).body;
  assert.deepEqual(
    data.map(({ name }: { name: string }) => name),
    [...presets.keys()],
  );
  const shown = data.find(({ name }: { name: string }) => name === "github");
  assert.deepEqual([shown.title, shown.secret_from, shown.handshake], ["GitHub", "receiver", false]);
  assert.match(shown.documentation, /^https:\/\//);
});
