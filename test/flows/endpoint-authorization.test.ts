/** What receivers ask for before they take a delivery: basic and bearer credentials, and tokens of OAuth 2. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { aMovedClock } from "./a-moved-clock.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { aGrant, aTokenServer, type TokenServer } from "./a-token-server.ts";

interface Scene extends TestServer {
  readonly receiver: TestReceiver;
  readonly tokens: TokenServer;
  forward(ms: number): void;
}

async function aScene(context: TestContext): Promise<Scene> {
  const { clock, forward } = aMovedClock();
  const server = await aServer(context, { app: { machine: { clock } } });
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  return { ...server, receiver, tokens: await aTokenServer(context), forward };
}

const oauth = ({ tokens }: Scene, members: object = {}) => ({
  type: "oauth2",
  token_url: tokens.url,
  client_id: "client",
  client_secret: "very secret",
  ...members,
});

async function anEndpoint({ ask, receiver }: Scene, members: object): Promise<string> {
  const body = { url: `${receiver.url}/hook`, retry_delays_ms: [], ...members };
  const made = await ask("POST /v1/endpoints", { body });
  assert.equal(made.status, 201, made.text);
  return made.body.id;
}

/** Sends an example through the attempt that deliveries go through. */
const attempt = async ({ ask }: Scene, id: string) => (await ask(`POST /v1/endpoints/${id}/test`)).body;

const authorizations = ({ receiver }: Scene) => receiver.requests.map(({ headers }) => headers.authorization);

it("basic and bearer credentials go with every delivery, in UTF-8 and as they are", async (context) => {
  const scene = await aScene(context);
  const basic = { type: "basic", username: "jürgen", password: "p:ss wörd" };
  const bearer = { type: "bearer", token: "mF_9.B5f-4.1JqM" };
  for (const authorization of [basic, bearer]) await anEndpoint(scene, { authorization });
  await scene.ask("POST /v1/events", { body: anEvent() });
  await eventually("both are delivered", () => scene.receiver.requests.length === 2);
  const encoded = Buffer.from("jürgen:p:ss wörd", "utf8").toString("base64");
  assert.deepEqual(authorizations(scene).sort(), [`Basic ${encoded}`, "Bearer mF_9.B5f-4.1JqM"]);
});

it("no answer, list or document shows a password, a token, a client's secret or a key", async (context) => {
  const scene = await aScene(context);
  const { ask } = scene;
  const cases: [sent: object, shown: object][] = [
    [
      { type: "basic", username: "u", password: "hidden-1" },
      { type: "basic", username: "u" },
    ],
    [{ type: "bearer", token: "hidden-2" }, { type: "bearer" }],
    [
      oauth(scene, { client_secret: "hidden-3", scope: "a b", audience: "x" }),
      {
        type: "oauth2",
        token_url: scene.tokens.url,
        client_id: "client",
        scope: "a b",
        audience: "x",
        client_authentication: "basic",
      },
    ],
  ];
  for (const [authorization, shown] of cases) {
    const made = await ask("POST /v1/endpoints", { body: { url: scene.receiver.url, authorization } });
    assert.deepEqual(made.body.authorization, shown);
    const answers = [made, await ask(`GET /v1/endpoints/${made.body.id}`), await ask("GET /v1/endpoints")];
    answers.push(await ask(`PATCH /v1/endpoints/${made.body.id}`, { body: { description: "x" } }));
    answers.push(await ask(`GET /v1/endpoints/${made.body.id}/secrets`));
    for (const { text } of answers) assert.doesNotMatch(text, /hidden-/);
  }
});

const misfits: [what: string, authorization: object, code: string, field: string][] = [
  [
    "a member of another type",
    { type: "bearer", token: "x", username: "u" },
    "invalid-body",
    "/authorization/username",
  ],
  ["a member that is missing", { type: "basic", username: "u" }, "invalid-body", "/authorization/password"],
  ["a type that is none", { type: "digest" }, "invalid-body", "/authorization/type"],
  [
    "a colon in a user name",
    { type: "basic", username: "a:b", password: "" },
    "invalid-body",
    "/authorization/username",
  ],
  [
    "a line end in a password",
    { type: "basic", username: "a", password: "b\r\nx: y" },
    "invalid-body",
    "/authorization/password",
  ],
  ["a line end in a token", { type: "bearer", token: "a\r\nx: y" }, "invalid-body", "/authorization/token"],
  [
    "a token URL at a private address",
    { type: "oauth2", token_url: "http://10.0.0.1/", client_id: "c", client_secret: "s" },
    "url-refused",
    "/authorization/token_url",
  ],
  [
    "a token URL with a password",
    { type: "oauth2", token_url: "https://a:b@example.com/", client_id: "c", client_secret: "s" },
    "url-refused",
    "/authorization/token_url",
  ],
];

for (const [what, authorization, code, field] of misfits) {
  it(`${what} is refused, and nothing of it repeated`, async (context) => {
    const { ask } = await aServer(context);
    const { body, text } = await ask("POST /v1/endpoints", { body: { url: "https://example.com", authorization } });
    assert.deepEqual([body.code, body.field], [code, field], text);
    assert.doesNotMatch(text, /x: y/);
  });
}

it("an Authorization header beside authorization is refused, when made and when changed", async (context) => {
  const scene = await aScene(context);
  const headers = { AUTHORIZATION: "Bearer x" };
  const authorization = { type: "bearer", token: "y" };
  const url = scene.receiver.url;
  const both = await scene.ask("POST /v1/endpoints", { body: { url, headers, authorization } });
  assert.deepEqual([both.body.code, both.body.field], ["header-refused", "/headers/AUTHORIZATION"]);
  const withHeader = await anEndpoint(scene, { headers });
  const withCredentials = await anEndpoint(scene, { authorization });
  const refused = await scene.ask(`PATCH /v1/endpoints/${withHeader}`, { body: { authorization } });
  assert.equal(refused.body.code, "header-refused");
  const alsoRefused = await scene.ask(`PATCH /v1/endpoints/${withCredentials}`, { body: { headers } });
  assert.equal(alsoRefused.body.code, "header-refused");
  const exchanged = await scene.ask(`PATCH /v1/endpoints/${withCredentials}`, {
    body: { headers, authorization: null },
  });
  assert.equal(exchanged.status, 200);
});

it("a token is fetched once for all who wait, by the client's credentials, and kept", async (context) => {
  const scene = await aScene(context);
  await anEndpoint(scene, { authorization: oauth(scene, { scope: "a b", audience: "https://x/" }) });
  await scene.ask("POST /v1/events", { body: Array.from({ length: 20 }, () => anEvent()) });
  await eventually("all are delivered", () => scene.receiver.requests.length === 20);
  assert.deepEqual([...new Set(authorizations(scene))], ["Bearer token-1"]);
  assert.equal(scene.tokens.requests.length, 1);
  const [request] = scene.tokens.requests;
  assert.equal(request?.headers["content-type"], "application/x-www-form-urlencoded");
  assert.equal(request?.headers.authorization, `Basic ${Buffer.from("client:very+secret").toString("base64")}`);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.body.toString())), {
    grant_type: "client_credentials",
    scope: "a b",
    audience: "https://x/",
  });
});

it("the client's credentials go into the body where the token server wants them there", async (context) => {
  const scene = await aScene(context);
  const id = await anEndpoint(scene, { authorization: oauth(scene, { client_authentication: "body" }) });
  assert.equal((await attempt(scene, id)).delivered, true);
  const [request] = scene.tokens.requests;
  assert.equal(request?.headers.authorization, undefined);
  const form = new URLSearchParams(request?.body.toString());
  assert.deepEqual([form.get("client_id"), form.get("client_secret")], ["client", "very secret"]);
});

it("a token is used until shortly before it expires, and then replaced before the next delivery", async (context) => {
  const scene = await aScene(context);
  const id = await anEndpoint(scene, { authorization: oauth(scene) });
  for (const minutes of [0, 58, 3]) {
    scene.forward(minutes * 60_000);
    assert.equal((await attempt(scene, id)).delivered, true);
  }
  assert.deepEqual(authorizations(scene), ["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
});

it("a token that does not say how long it lives is kept for minutes, not for ever", async (context) => {
  const scene = await aScene(context);
  scene.tokens.answer((number) => [200, JSON.stringify({ access_token: `token-${number}` })]);
  const id = await anEndpoint(scene, { authorization: oauth(scene) });
  for (const minutes of [0, 3, 10]) {
    scene.forward(minutes * 60_000);
    await attempt(scene, id);
  }
  assert.deepEqual(authorizations(scene), ["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
});

it("a token that the receiver refuses is replaced, and the delivery goes again within its attempt", async (context) => {
  const scene = await aScene(context);
  scene.receiver.answer(({ headers }) => (headers.authorization === "Bearer token-1" ? 401 : 200));
  const id = await anEndpoint(scene, { authorization: oauth(scene) });
  await scene.ask("POST /v1/events", { body: Array.from({ length: 5 }, () => anEvent()) });
  await eventually("all are delivered", async () => {
    const { data } = (await scene.ask(`GET /v1/attempts?endpoint_id=${id}`)).body;
    return data.length === 5 && data.every(({ delivered }: { delivered: boolean }) => delivered);
  });
  assert.equal(scene.tokens.requests.length, 2, "one replacement for all who were refused");
});

it("a receiver that refuses every token does not have the token server asked at every attempt", async (context) => {
  const scene = await aScene(context);
  scene.receiver.answer(401);
  const id = await anEndpoint(scene, { authorization: oauth(scene) });
  for (let i = 0; i < 5; i++) {
    const { status, error_class: errorClass } = await attempt(scene, id);
    assert.deepEqual([status, errorClass], [401, "http_status"]);
  }
  assert.equal(scene.tokens.requests.length, 2);
});

const failures: [what: string, answer: (number: number) => ReturnType<typeof aGrant>, detail: RegExp][] = [
  ["answers 500", () => [500, "oops"], /^The token server answered 500\.$/],
  [
    "refuses the client",
    () => [401, '{"error":"invalid_client","error_description":"very secret"}'],
    /^The token server answered 401 \(invalid_client\)\.$/,
  ],
  ["invents an error", () => [400, '{"error":"very secret"}'], /^The token server answered 400\.$/],
  ["redirects", () => [302, "", { location: "http://10.0.0.1/" }], /answered 302/],
  ["answers no JSON", () => [200, "<html>very secret</html>"], /has no `access_token`/],
  ["answers no object", () => [200, "null"], /has no `access_token`/],
  ["answers no token", () => [200, '{"access_token":""}'], /has no `access_token`/],
  ["answers a token that breaks a header", () => [200, '{"access_token":"a\\r\\nx: y"}'], /has no `access_token`/],
  ["answers a huge token", () => [200, JSON.stringify({ access_token: "x".repeat(9000) })], /longer than 8192/],
  ["answers without end", () => [200, JSON.stringify({ access_token: "x".repeat(100_000) })], /longer than 16384/],
  ["gives other tokens", (number) => aGrant(number, { token_type: "mac" }), /another type than `bearer`/],
];

for (const [what, answer, detail] of failures) {
  it(`a token server that ${what} fails the attempt, and nothing is sent to the receiver`, async (context) => {
    const scene = await aScene(context);
    scene.tokens.answer(answer);
    const id = await anEndpoint(scene, { authorization: oauth(scene) });
    const result = await attempt(scene, id);
    assert.deepEqual([result.delivered, result.status, result.error_class], [false, null, "authorization"]);
    assert.match(result.error_detail, detail);
    assert.equal(result.response_body, "");
    assert.doesNotMatch(JSON.stringify(result), /very secret/);
    assert.equal(scene.receiver.requests.length, 0);
  });
}

it("a token server that hangs costs the attempt its deadline, and not more", async (context) => {
  const scene = await aScene(context);
  scene.tokens.answer(() => null);
  const id = await anEndpoint(scene, { authorization: oauth(scene), timeout_ms: 1000 });
  const result = await attempt(scene, id);
  assert.equal(result.error_class, "authorization");
  assert.match(result.error_detail, /did not answer within \d+ ms/);
  assert.ok(result.duration_ms < 5000, String(result.duration_ms));
});

it("a token server that is down is left alone for a while, then asked again, and what failed is delivered", async (context) => {
  const scene = await aScene(context);
  scene.tokens.answer(() => [503, ""]);
  const id = await anEndpoint(scene, { authorization: oauth(scene), retry_delays_ms: Array(50).fill(50) });
  for (let i = 0; i < 5; i++) assert.equal((await attempt(scene, id)).error_class, "authorization");
  assert.equal(scene.tokens.requests.length, 1);
  await scene.ask("POST /v1/events", { body: anEvent() });
  scene.tokens.answer((number) => aGrant(number));
  await eventually("delivered", () => scene.receiver.requests.length === 1);
  assert.equal(scene.tokens.requests.length, 2);
});

it("a token server that may not be sent to is refused again when it is asked", async (context) => {
  const open = await aScene(context);
  const id = await anEndpoint(open, { authorization: oauth(open) });
  const endpoint = open.app.registry.requireEndpoint(id);
  const closed = await aServer(context, { app: { allowAddresses: [] } });
  const { result } = await closed.app.testSender.send(endpoint, "trotline.test");
  assert.equal(result.errorClass, "authorization");
  assert.equal(result.errorDetail, "The token server's address may not be sent to: it is a loopback address.");
  assert.equal(open.tokens.requests.length, 0);
});

it("credentials that are changed are those of the next attempt, and a token stays while others change", async (context) => {
  const scene = await aScene(context);
  const id = await anEndpoint(scene, { authorization: oauth(scene) });
  await attempt(scene, id);
  await scene.ask(`PATCH /v1/endpoints/${id}`, { body: { description: "changed" } });
  await attempt(scene, id);
  assert.equal(scene.tokens.requests.length, 1);
  await scene.ask(`PATCH /v1/endpoints/${id}`, { body: { authorization: oauth(scene, { client_id: "other" }) } });
  await attempt(scene, id);
  assert.deepEqual(authorizations(scene), ["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
  await scene.ask(`PATCH /v1/endpoints/${id}`, { body: { authorization: null } });
  await attempt(scene, id);
  assert.equal(authorizations(scene).at(-1), undefined);
});
