/** Everything that a client can do wrong, and what it is told: one stable code of the catalogue for each. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it, type TestContext } from "node:test";
import { encodeCursor } from "../../src/core/cursor.ts";
import { cursorAt } from "../../src/core/epochs.ts";
import { type ErrorCode, errorCatalogue, TrotlineError } from "../../src/core/errors.ts";
import { limits } from "../../src/core/limits.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { aKey } from "../conformance/builders.ts";
import { type Answer, type AskOptions, anEvent, aServer, type TestServer } from "./a-server.ts";

type Provoke = (server: TestServer, context: TestContext) => Promise<Answer>;
interface Case {
  readonly code: ErrorCode;
  readonly what: string;
  readonly field?: string;
  readonly provoke: Provoke;
}

const asking =
  (methodAndPath: string, options?: AskOptions): Provoke =>
  (server) =>
    server.ask(methodAndPath, options);
const publishing = (raw: string | Uint8Array, headers = {}): Provoke => asking("POST /v1/events", { raw, headers });
const making = (body: unknown): Provoke => asking("POST /v1/endpoints", { body });
const makingRaw = (raw: string | Uint8Array): Provoke => asking("POST /v1/endpoints", { raw });
const starting = (startAt: string): Provoke => making({ url: "https://example.com", start_at: startAt });

const url = "https://example.com/hook";
const badUtf8 = Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
const large = (bytes: number): string => JSON.stringify("x".repeat(bytes));

const badBodies: Case[] = [
  { code: "invalid-json", what: "a publish body that is not JSON", provoke: publishing('{"type":') },
  { code: "invalid-json", what: "text behind the event", provoke: publishing('{"type":"a","data":1} x') },
  { code: "invalid-json", what: "settings that are not JSON", provoke: makingRaw('{"url":"https://a",}') },
  { code: "invalid-json", what: "text behind the settings", provoke: makingRaw('{"url":"https://a"}{}') },
  { code: "invalid-json", what: "settings nested too deep", provoke: makingRaw(`{"headers":${"[".repeat(1000)}`) },
  { code: "invalid-utf8", what: "a publish body that is not UTF-8", provoke: publishing(badUtf8) },
  { code: "invalid-utf8", what: "settings that are not UTF-8", provoke: makingRaw(badUtf8) },
  { code: "empty-body", what: "an empty publish body", provoke: publishing("") },
  { code: "empty-body", what: "a publish request without a body", provoke: asking("POST /v1/events") },
  { code: "empty-body", what: "an endpoint made of nothing", provoke: asking("POST /v1/endpoints") },
  { code: "empty-body", what: "white space", provoke: makingRaw(" \n") },
  { code: "invalid-body", what: "a publish body of another type", field: "", provoke: publishing("3") },
  { code: "invalid-body", what: "no type", field: "/type", provoke: publishing('{"data":1}') },
  { code: "invalid-body", what: "no data", field: "/data", provoke: publishing('{"type":"a"}') },
  { code: "invalid-body", what: "a type of another type", field: "/type", provoke: publishing('{"type":1,"data":1}') },
  { code: "invalid-body", what: "settings that are an array", field: "", provoke: makingRaw("[]") },
  { code: "invalid-body", what: "settings that are null", field: "", provoke: makingRaw("null") },
  { code: "invalid-body", what: "no url", field: "/url", provoke: making({}) },
  { code: "invalid-body", what: "a url of another type", field: "/url", provoke: making({ url: 1 }) },
  {
    code: "invalid-body",
    what: "a time out below its bounds",
    field: "/timeout_ms",
    provoke: making({ url, timeout_ms: 1 }),
  },
  { code: "invalid-body", what: "a fraction", field: "/timeout_ms", provoke: making({ url, timeout_ms: 1000.5 }) },
  {
    code: "invalid-body",
    what: "a number in text",
    field: "/timeout_ms",
    provoke: making({ url, timeout_ms: "1000" }),
  },
  { code: "invalid-body", what: "a bad pattern", field: "/types/1", provoke: making({ url, types: ["a", "b c"] }) },
  {
    code: "invalid-body",
    what: "a header of another type",
    field: "/headers/x~1y",
    provoke: making({ url, headers: { "x/y": 1 } }),
  },
  {
    code: "invalid-body",
    what: "neither number nor null",
    field: "/disable_after_ms",
    provoke: making({ url, disable_after_ms: "x" }),
  },
  { code: "invalid-body", what: "a bad tenant", field: "/tenant", provoke: making({ url, tenant: "_x" }) },
  {
    code: "invalid-body",
    what: "too many secrets",
    field: "/secrets",
    provoke: making({ url, secrets: Array(6).fill("x") }),
  },
  {
    code: "unknown-field",
    what: "an unknown member of an event",
    field: "/typ",
    provoke: publishing('{"typ":"a","data":1}'),
  },
  { code: "unknown-field", what: "an unknown member of settings", field: "/urll", provoke: making({ url, urll: 1 }) },
  {
    code: "unknown-field",
    what: "an unknown member within another",
    field: "/authorization/tokn",
    provoke: making({ url, authorization: { type: "bearer", tokn: "x" } }),
  },
  {
    code: "unknown-field",
    what: "a member that hides",
    field: "/__proto__",
    provoke: makingRaw(`{"url":"${url}","__proto__":{}}`),
  },
  {
    code: "duplicate-field",
    what: "a member twice in an event",
    field: "/type",
    provoke: publishing('{"type":"a","type":"a","data":1}'),
  },
  {
    code: "duplicate-field",
    what: "a member twice in settings",
    field: "/url",
    provoke: makingRaw(`{"url":"${url}","url":"${url}"}`),
  },
  {
    code: "duplicate-field",
    what: "a header twice",
    field: "/headers/a",
    provoke: makingRaw(`{"url":"${url}","headers":{"a":"1","a":"2"}}`),
  },
  {
    code: "data-too-deep",
    what: "nested data",
    field: "/data",
    provoke: publishing(`{"type":"a","data":${"[".repeat(65)}${"]".repeat(65)}}`),
  },
  {
    code: "event-too-large",
    what: "large data",
    field: "/data",
    provoke: publishing(`{"type":"a","data":${large(limits.eventDataBytes)}}`),
  },
  {
    code: "batch-too-large",
    what: "a long batch",
    provoke: publishing(`[${Array(1001).fill('{"type":"a","data":1}')}]`),
  },
  {
    code: "body-too-large",
    what: "a body of more than 16 MiB",
    provoke: publishing(`[${"1,".repeat(limits.publishBodyBytes / 2)}1]`),
  },
  { code: "body-too-large", what: "large settings", provoke: making({ url, description: "x".repeat(300_000) }) },
  { code: "unsupported-media-type", what: "text", provoke: publishing("x", { "content-type": "text/plain" }) },
  {
    code: "unsupported-media-type",
    what: "a form",
    provoke: publishing("a=b", { "content-type": "application/x-www-form-urlencoded" }),
  },
  { code: "unsupported-media-type", what: "nonsense", provoke: publishing("{}", { "content-type": "///" }) },
  {
    code: "unsupported-media-type",
    what: "settings as NDJSON",
    provoke: asking("POST /v1/endpoints", { raw: "{}", headers: { "content-type": "application/x-ndjson" } }),
  },
];

const badRequests: Case[] = [
  { code: "invalid-query", what: "an unknown parameter", field: "limt", provoke: asking("GET /v1/endpoints?limt=1") },
  {
    code: "invalid-query",
    what: "a parameter twice",
    field: "limit",
    provoke: asking("GET /v1/endpoints?limit=1&limit=2"),
  },
  { code: "invalid-query", what: "a limit of nothing", field: "limit", provoke: asking("GET /v1/endpoints?limit=0") },
  { code: "invalid-query", what: "a limit in words", field: "limit", provoke: asking("GET /v1/attempts?limit=ten") },
  {
    code: "invalid-query",
    what: "a status that is none",
    field: "status",
    provoke: asking("GET /v1/attempts?status=6xx"),
  },
  {
    code: "invalid-query",
    what: "a class that is none",
    field: "error_class",
    provoke: asking("GET /v1/attempts?error_class=x"),
  },
  {
    code: "invalid-query",
    what: "a time that is none",
    field: "since",
    provoke: asking("GET /v1/attempts?since=yesterday"),
  },
  { code: "invalid-query", what: "a page that is none", field: "after", provoke: asking("GET /v1/attempts?after=x") },
  {
    code: "invalid-idempotency-key",
    what: "a key that is too long",
    provoke: publishing('{"type":"a","data":1}', { "idempotency-key": "x".repeat(256) }),
  },
  {
    code: "invalid-idempotency-key",
    what: "a key with NDJSON",
    provoke: publishing("", { "idempotency-key": "x", "content-type": "application/x-ndjson" }),
  },
  { code: "unauthenticated", what: "no key", provoke: asking("GET /v1/endpoints", { key: null }) },
  {
    code: "unauthenticated",
    what: "a wrong key",
    provoke: asking("POST /v1/events", { key: "trot_x", body: anEvent() }),
  },
  { code: "route-not-found", what: "an unknown path", provoke: asking("GET /v1/nothing") },
  { code: "route-not-found", what: "a path that cannot be read", provoke: asking("GET /v1/events/%E0%A4%A") },
  {
    code: "route-not-found",
    what: "a path parameter beyond every limit",
    provoke: asking(`GET /v1/events/${"x".repeat(1000)}`),
  },
  {
    code: "method-not-allowed",
    what: "a method that it does not take",
    provoke: asking("PUT /v1/endpoints/ep_x", { body: {} }),
  },
  { code: "event-not-found", what: "an unknown event", provoke: asking("GET /v1/events/nope") },
  { code: "event-not-found", what: "attempts of an unknown event", provoke: asking("GET /v1/attempts?event_id=nope") },
  { code: "endpoint-not-found", what: "an unknown endpoint", provoke: asking("GET /v1/endpoints/ep_nope") },
  {
    code: "endpoint-not-found",
    what: "a pause of an unknown endpoint",
    provoke: asking("POST /v1/endpoints/ep_nope/pause"),
  },
  {
    code: "endpoint-not-found",
    what: "a retry at an unknown endpoint",
    provoke: asking("POST /v1/endpoints/ep_nope/deliveries/e/retry"),
  },
  {
    code: "endpoint-not-found",
    what: "attempts of an unknown endpoint",
    provoke: asking("GET /v1/attempts?endpoint_id=ep_nope"),
  },
  { code: "attempt-not-found", what: "an unknown attempt", provoke: asking("GET /v1/attempts/att_0000000000009") },
  { code: "attempt-not-found", what: "an id that is not an attempt's", provoke: asking("GET /v1/attempts/nope") },
  { code: "url-refused", what: "a private address", field: "/url", provoke: making({ url: "http://10.0.0.1/" }) },
  {
    code: "url-refused",
    what: "a metadata service",
    field: "/url",
    provoke: making({ url: "http://169.254.169.254/" }),
  },
  { code: "url-refused", what: "another scheme", field: "/url", provoke: making({ url: "ftp://example.com" }) },
  { code: "url-refused", what: "no URL at all", field: "/url", provoke: making({ url: "hello" }) },
  {
    code: "url-refused",
    what: "white space that a parser would drop",
    field: "/url",
    provoke: making({ url: "https://example.com/a\nb" }),
  },
  {
    code: "header-refused",
    what: "a header twice, in another case",
    field: "/headers/X-A",
    provoke: making({ url, headers: { "x-a": "1", "X-A": "2" } }),
  },
  {
    code: "unsupported-media-type",
    what: "a compressed body",
    provoke: publishing("{}", { "content-type": "application/json", "content-encoding": "gzip" }),
  },
  { code: "header-refused", what: "a header of HTTP", provoke: making({ url, headers: { host: "x" } }) },
  {
    code: "secret-invalid",
    what: "a short secret",
    field: "/secrets/0",
    provoke: making({ url, secrets: ["whsec_eA=="] }),
  },
  {
    code: "schedule-too-long",
    what: "a long schedule",
    field: "/retry_delays_ms",
    provoke: making({ url, retry_delays_ms: Array(5).fill(limits.retryDelayMsMax) }),
  },
  { code: "cursor-invalid", what: "a cursor that is none", provoke: starting("nonsense") },
  { code: "cursor-invalid", what: "a time that is none", provoke: starting("time:soon") },
];

const badStates: Case[] = [
  {
    code: "cursor-forked",
    what: "a cursor of another log",
    provoke: starting(encodeCursor({ epoch: "000000010000", position: 1 })),
  },
  {
    code: "cursor-forked",
    what: "a cursor beyond the end",
    provoke: async ({ app, ask }) => {
      const { body: published } = await ask("POST /v1/events", { body: anEvent() });
      const start_at = cursorAt(app.store.events.bounds().epochs, 9);
      const answer = await ask("POST /v1/endpoints", { body: { url, start_at } });
      assert.equal(answer.body.resume, published.cursor);
      return answer;
    },
  },
  {
    code: "cursor-expired",
    what: "a cursor older than retention",
    provoke: async ({ app, ask }) => {
      await ask("POST /v1/events", { body: [anEvent(), anEvent(), anEvent()] });
      await app.store.events.trim({ olderThanMs: Date.now() + 60_000, bytesMax: null, rowsMax: 2 });
      const { epochs } = app.store.events.bounds();
      const answer = await ask("POST /v1/endpoints", { body: { url, start_at: cursorAt(epochs, 1) } });
      assert.deepEqual([answer.body.lost, answer.body.resume], [1, cursorAt(epochs, 2)]);
      return answer;
    },
  },
  {
    code: "event-id-conflict",
    what: "an id with other content",
    field: "/id",
    provoke: async ({ ask }) => {
      await ask("POST /v1/events", { body: anEvent({ id: "e" }) });
      return ask("POST /v1/events", { body: anEvent({ id: "e", data: 2 }) });
    },
  },
  {
    code: "idempotency-mismatch",
    what: "a key with another body",
    provoke: async ({ ask }) => {
      const headers = { "idempotency-key": "k" };
      await ask("POST /v1/events", { body: anEvent(), headers });
      return ask("POST /v1/events", { body: anEvent({ data: 2 }), headers });
    },
  },
  {
    code: "endpoint-limit",
    what: "one endpoint too many",
    provoke: async ({ app, ask }) => {
      for (let i = 0; i < limits.endpointsPerTenant; i++) await app.registry.createEndpoint({ tenant: "t", url }, 0);
      return ask("POST /v1/endpoints", { body: { url, tenant: "t" } });
    },
  },
  {
    code: "forbidden",
    what: "a key without the scope",
    provoke: async ({ app, ask }) => {
      app.registry.authenticate = () => aKey({ scopes: ["publish"] });
      return ask("GET /v1/endpoints");
    },
  },
  {
    code: "host-refused",
    what: "another site, without keys",
    provoke: async (_server, context) => {
      const { ask } = await aServer(context, { server: { auth: "none" } });
      return ask("GET /v1/endpoints", { headers: { origin: "https://example.com" } });
    },
  },
];

it("endpoints that are made at the same moment do not pass the limit together", async (context) => {
  const { app } = await aServer(context);
  const spare = 2;
  for (let made = 0; made < limits.endpointsPerTenant - spare; made++) {
    await app.registry.createEndpoint({ tenant: "t", url }, 0);
  }
  const together = Array.from({ length: 5 }, () => app.registry.createEndpoint({ tenant: "t", url }, 0));
  const made = (await Promise.allSettled(together)).filter(({ status }) => status === "fulfilled");
  assert.equal(made.length, spare);
});

/** A store whose appends do what the test says. */
function storeWith(append: Store["events"]["append"], trouble: Error | null = null): Store {
  const store = openMemoryStore({ clock: systemClock() });
  store.events.append = append;
  return { ...store, trouble: () => trouble };
}

const onBrokenStore =
  (error: Error, methodAndPath = "POST /v1/events"): Provoke =>
  async (_server, context) => {
    const store = storeWith(() => Promise.reject(error), error);
    const { ask } = await aServer(context, { app: { machine: { store } } });
    return ask(methodAndPath, methodAndPath.startsWith("GET") ? {} : { body: anEvent() });
  };

const refused = (code: ErrorCode) => new TrotlineError(code, "as the test says");
const serverTroubles: Case[] = [
  { code: "store-unavailable", what: "a store that refuses", provoke: onBrokenStore(refused("store-unavailable")) },
  {
    code: "store-unavailable",
    what: "readiness of it",
    provoke: onBrokenStore(refused("store-unavailable"), "GET /readyz"),
  },
  { code: "store-full", what: "a full store", provoke: onBrokenStore(refused("store-full")) },
  { code: "overloaded", what: "a long queue", provoke: onBrokenStore(refused("overloaded")) },
  { code: "shutting-down", what: "a store that is closing", provoke: onBrokenStore(refused("shutting-down")) },
  { code: "internal", what: "a fault of ours", provoke: onBrokenStore(new TypeError("secret detail")) },
  {
    code: "idempotency-in-progress",
    what: "a key whose first request is running",
    provoke: async (_server, context) => {
      let release = (): void => {};
      const store = storeWith(() => new Promise((_resolve, reject) => (release = () => reject(refused("overloaded")))));
      const { ask } = await aServer(context, { app: { machine: { store } } });
      const publish = () => ask("POST /v1/events", { body: anEvent(), headers: { "idempotency-key": "k" } });
      const both = [publish(), publish()];
      const second = await Promise.race(both);
      release();
      await Promise.all(both);
      return second;
    },
  },
];

/** Codes with a status that this file does not provoke, and the file beside it that does. */
const heldElsewhere: Partial<Record<ErrorCode, string>> = {
  "program-refused": "commands-settings.test.ts",
  "handler-unknown": "commands-settings.test.ts",
  "commands-not-allowed": "commands-settings.test.ts",
  "output-none": "commands-output.test.ts",
  "statistics-range-refused": "statistics.test.ts",
  "data-invalid": "event-types.test.ts",
  "version-unknown": "event-types.test.ts",
  "event-type-invalid": "event-types.test.ts",
  "event-type-not-found": "event-types.test.ts",
  "event-type-limit": "event-types.test.ts",
  "event-type-in-use": "event-versions.test.ts",
  "tenant-refused": "http-tenancy.test.ts",
  "role-elsewhere": "cluster-roles.test.ts",
  "change-contended": "cluster-configuration.test.ts",
  "shard-elsewhere": "shards.test.ts",
  "shards-lost": "shards.test.ts",
  "request-unanswered": "../faults/cluster-requests.test.ts",
  "origin-refused": "http-session.test.ts",
  "too-many-guesses": "http-session.test.ts",
  "key-beyond-own": "http-keys.test.ts",
  "key-not-found": "http-keys.test.ts",
  "key-limit": "http-keys.test.ts",
  "key-last-admin": "http-keys.test.ts",
  "key-expired": "http-keys.test.ts",
  "source-secret-missing": "sources.test.ts",
  "source-not-found": "sources.test.ts",
  "bin-not-found": "bins.test.ts",
  "bin-request-not-found": "bins-requests.test.ts",
  "bin-expired": "bins.test.ts",
  "bin-limit": "bins.test.ts",
  "bin-full": "bins-requests.test.ts",
  "bin-marks-limit": "bins-requests.test.ts",
  "forward-refused": "bins-requests.test.ts",
  "source-untestable": "source-test.test.ts",
  "source-exists": "sources.test.ts",
  "source-limit": "sources.test.ts",
  "secret-not-found": "sources.test.ts",
  "receipt-not-found": "receipts.test.ts",
  "request-not-found": "receipts.test.ts",
  "verification-failed": "receiving.test.ts",
  "body-unparsable": "receiving-urls.test.ts",
  "address-not-allowed": "receiving.test.ts",
  "rate-limited": "receiving.test.ts",
  "source-paused": "receiving.test.ts",
  "provider-unavailable": "receiving-urls.test.ts",
  "body-already-read": "receiver-bodies.test.ts",
  "tls-invalid": "endpoint-tls.test.ts",
  "endpoint-unverified": "endpoint-verification.test.ts",
  "too-many-checks": "endpoint-test.test.ts",
  "request-timeout": "http-connections.test.ts",
  "delivery-settled": "ordering-skip.test.ts",
  "delivery-ahead": "ordering.test.ts",
  "transform-invalid": "dry-run.test.ts",
  "public-url-missing": "dry-run.test.ts",
  "filter-invalid": "feed.test.ts",
  "not-acceptable": "feed.test.ts",
  "consumer-name-invalid": "consumers-bad-input.test.ts",
  "consumer-not-found": "consumers-bad-input.test.ts",
  "consumer-limit": "consumers-bad-input.test.ts",
  "lease-held": "consumers.test.ts",
  "lease-stale": "consumers.test.ts",
  "ack-backwards": "consumers.test.ts",
  "ack-beyond-fetched": "consumers-bad-input.test.ts",
  "replay-not-found": "replay-bad-input.test.ts",
  "replay-limit": "replay-bad-input.test.ts",
  "replay-ended": "replay.test.ts",
  "too-many-waiting": "feed-waiting.test.ts",
  "secret-limit": "signing-bad-input.test.ts",
  "store-forked": "../faults/postgres-epochs.test.ts",
};

const cases = [...badBodies, ...badRequests, ...badStates, ...serverTroubles];

for (const { code, what, field, provoke } of cases) {
  it(`${what}: ${code}`, async (context) => {
    const answer = await provoke(await aServer(context), context);
    const entry = errorCatalogue[code];
    assert.equal(answer.body?.code, code, answer.text);
    assert.equal(answer.status, entry.status);
    assert.equal(answer.headers.get("content-type"), "application/problem+json; charset=utf-8");
    const { type, title, status, advice, retryable, detail, request_id: requestId } = answer.body;
    assert.deepEqual({ type, title, status, advice, retryable }, { type: `urn:trotline:error:${code}`, ...entry });
    assert.ok(detail.length > 10);
    assert.match(requestId, /^req_/);
    if (field !== undefined) assert.equal(answer.body.field, field);
    assert.equal(answer.headers.has("retry-after"), entry.status === 503 || code === "idempotency-in-progress");
    assert.doesNotMatch(answer.text, /secret detail|node:|\.ts:\d/, "nothing from within leaks");
  });
}

it("every code with a status is provoked here, or said to be held elsewhere", () => {
  const provoked = new Set(cases.map(({ code }) => code));
  for (const [code, entry] of Object.entries(errorCatalogue) as [ErrorCode, { status: number | null }][]) {
    const expected = entry.status !== null && heldElsewhere[code] === undefined;
    assert.equal(provoked.has(code), expected, code);
  }
  for (const [code, file] of Object.entries(heldElsewhere)) {
    assert.ok(readFileSync(new URL(file, import.meta.url), "utf8").includes(`"${code}`), `${file} holds ${code}`);
  }
});

it("405 names the methods that the address takes", async (context) => {
  const { ask } = await aServer(context);
  assert.equal((await ask("PUT /v1/endpoints/ep_x")).headers.get("allow"), "GET, PATCH, DELETE, HEAD");
  assert.equal((await ask("DELETE /v1/events")).headers.get("allow"), "GET, POST, HEAD");
});

it("a near miss is told what was probably meant", async (context) => {
  const { ask } = await aServer(context);
  assert.match((await ask("POST /v1/endpoints", { body: { url, timeout: 1 } })).body.detail, /`timeout_ms`/);
  const nested = { url, authorization: { type: "bearer", tokn: "x" } };
  assert.match((await ask("POST /v1/endpoints", { body: nested })).body.detail, /`token`/);
  assert.match((await ask("GET /v1/attempts?endpoint=x")).body.detail, /`endpoint_id`/);
});
