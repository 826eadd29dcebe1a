/** A receiver is asked whether it wants to be one, before its URL is stored; and receivers that lie. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { it, type TestContext } from "node:test";
import { Webhook } from "standardwebhooks";
import { eventually } from "../../src/testing/eventually.ts";
import { aServer } from "./a-server.ts";

interface Asked {
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

interface Asking {
  readonly url: string;
  readonly asked: Asked[];
}

/** Answers as the test says, with what it was asked. */
async function aReceiver(
  context: TestContext,
  answer: (response: ServerResponse, asked: Asked) => void,
): Promise<Asking> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).map(String).join("");
    const one = { method: request.method ?? "", headers: request.headers, body };
    asked.push(one);
    answer(response, one);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, asked };
}

const challengeIn = ({ body }: Asked): string => JSON.parse(body).data.challenge;
const agreeing =
  (members: Record<string, string> = {}) =>
  (response: ServerResponse, { headers }: Asked) => {
    const origin = String(headers["webhook-request-origin"]);
    response.writeHead(200, { "WebHook-Allowed-Origin": origin, ...members }).end();
  };

const echoes: [how: string, answer: (response: ServerResponse, asked: Asked) => void][] = [
  ["as JSON", (response, asked) => response.end(JSON.stringify({ ok: 1, challenge: challengeIn(asked) }))],
  ["as a JSON string", (response, asked) => response.end(JSON.stringify(challengeIn(asked)))],
  ["as it is", (response, asked) => response.writeHead(202).end(`${challengeIn(asked)}\n`)],
];

for (const [how, answer] of echoes) {
  it(`a receiver that echoes the challenge ${how} becomes an endpoint; it was asked as a delivery is sent`, async (context) => {
    const { ask } = await aServer(context);
    const { url, asked } = await aReceiver(context, answer);
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const body = {
      url,
      verification: "challenge",
      secrets: [secret],
      headers: { "x-own": "1" },
      authorization: { type: "bearer", token: "abc" },
    };
    const made = await ask("POST /v1/endpoints", { body });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.body.verification, "challenge");
    const [request] = asked;
    assert.ok(request);
    const verified = new Webhook(secret).verify(request.body, request.headers as Record<string, string>);
    assert.equal((verified as { type: string }).type, "endpoint.verification");
    assert.deepEqual(
      [request.method, request.headers.authorization, request.headers["x-own"]],
      ["POST", "Bearer abc", "1"],
    );
  });
}

const liars: [what: string, answer: (response: ServerResponse, asked: Asked) => void, detail: RegExp][] = [
  [
    "echoes another challenge",
    (response) => response.end('{"challenge":"x"}'),
    /answered 200, but not with the challenge/,
  ],
  ["echoes the whole request", (response, { body }) => response.end(body), /not with the challenge/],
  ["says nothing", (response) => response.end(), /not with the challenge/],
  ["echoes with an error", (response, asked) => response.writeHead(500).end(challengeIn(asked)), /answered 500/],
  [
    "redirects",
    (response) => response.writeHead(302, { location: "http://10.0.0.1/secret" }).end(),
    /answered 302; redirects are not followed/,
  ],
  ["hangs up", (response) => response.destroy(), /closed the connection|reset/],
  ["never answers", () => {}, /did not answer within 1000 ms/],
];

for (const [what, answer, detail] of liars) {
  it(`a receiver that ${what} becomes no endpoint, and nothing is stored`, async (context) => {
    const { ask } = await aServer(context);
    const { url } = await aReceiver(context, answer);
    const refused = await ask("POST /v1/endpoints", { body: { url, verification: "challenge", timeout_ms: 1000 } });
    assert.deepEqual([refused.status, refused.body.code, refused.body.field], [400, "endpoint-unverified", "/url"]);
    assert.match(refused.body.detail, detail);
    assert.doesNotMatch(refused.text, /10\.0\.0\.1/);
    assert.deepEqual((await ask("GET /v1/endpoints")).body.data, []);
  });
}

it("a URL that changes is verified before it counts; other changes ask nobody", async (context) => {
  const { ask } = await aServer(context);
  const good = await aReceiver(context, (response, asked) => response.end(challengeIn(asked)));
  const bad = await aReceiver(context, (response) => response.end("no"));
  const { id } = (await ask("POST /v1/endpoints", { body: { url: good.url, verification: "challenge" } })).body;
  const change = (body: object) => ask(`PATCH /v1/endpoints/${id}`, { body });
  assert.equal((await change({ description: "x", url: good.url })).status, 200);
  assert.equal(good.asked.length, 1);
  const refused = await change({ url: bad.url, description: "y" });
  assert.equal(refused.body.code, "endpoint-unverified");
  const { body } = await ask(`GET /v1/endpoints/${id}`);
  assert.deepEqual([body.url, body.description], [good.url, "x"]);
  assert.equal((await change({ url: `${good.url}/2` })).status, 200);
  assert.equal(good.asked.length, 2);
  assert.equal((await change({ url: bad.url, verification: "none" })).status, 200);
  assert.equal((await change({ verification: "challenge" })).body.code, "endpoint-unverified");
});

it("a change that waits for its receiver holds up no other", async (context) => {
  const { ask } = await aServer(context);
  const silent = await aReceiver(context, () => {});
  const [slow, other] = await Promise.all(
    [1, 2].map(async () => (await ask("POST /v1/endpoints", { body: { url: silent.url, timeout_ms: 2000 } })).body.id),
  );
  let isSlowDone = false;
  const waiting = ask(`PATCH /v1/endpoints/${slow}`, { body: { verification: "challenge" } }).then((answer) => {
    isSlowDone = true;
    return answer;
  });
  assert.equal((await ask(`PATCH /v1/endpoints/${other}`, { body: { description: "x" } })).status, 200);
  assert.equal(isSlowDone, false);
  assert.equal((await ask(`DELETE /v1/endpoints/${slow}`)).status, 204);
  assert.equal((await waiting).body.code, "endpoint-unverified");
});

it("CloudEvents: permission is asked with OPTIONS, and each delivery says who sends it", async (context) => {
  const { ask } = await aServer(context, { app: { publicUrl: "https://hooks.example.com/base" } });
  const { url, asked } = await aReceiver(context, agreeing());
  const made = await ask("POST /v1/endpoints", { body: { url, verification: "cloudevents" } });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.rate_limit, null);
  await ask(`POST /v1/endpoints/${made.body.id}/test`);
  assert.deepEqual(
    asked.map(({ method, headers, body }) => [method, headers["webhook-request-origin"], body === ""]),
    [
      ["OPTIONS", "hooks.example.com", true],
      ["POST", "hooks.example.com", false],
    ],
  );
  assert.equal(asked[0]?.headers["webhook-request-rate"], undefined);
});

const rates: [set: number | null, allowed: string | undefined, perSecond: number | null, asked: string | undefined][] =
  [
    [null, "120", 2, undefined],
    [null, "*", null, undefined],
    [null, undefined, null, undefined],
    [1, "120", 1, "60"],
    [10, "120", 2, "600"],
    [0.01, "1", 0.01, "1"],
    [null, "999999999999", 10_000, undefined],
  ];

for (const [set, allowed, perSecond, requested] of rates) {
  it(`CloudEvents: with a rate of ${set} set and ${allowed} granted a minute, ${perSecond} a second is the limit`, async (context) => {
    const { ask } = await aServer(context);
    const members = { ...(allowed !== undefined && { "WebHook-Allowed-Rate": allowed }) };
    const { url, asked } = await aReceiver(context, agreeing(members));
    const limit = set === null ? {} : { rate_limit: { per_second: set } };
    const made = await ask("POST /v1/endpoints", { body: { url, verification: "cloudevents", ...limit } });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.body.rate_limit?.per_second ?? null, perSecond);
    assert.equal(asked[0]?.headers["webhook-request-rate"], requested);
    const read = await ask(`GET /v1/endpoints/${made.body.id}`);
    assert.deepEqual(read.body.rate_limit, made.body.rate_limit);
  });
}

const refusals: [what: string, answer: (response: ServerResponse, asked: Asked) => void, detail: RegExp][] = [
  ["does not know the handshake", (response) => response.end("ok"), /answered 200 without WebHook-Allowed-Origin/],
  ["takes no OPTIONS", (response) => response.writeHead(405).end(), /answered 405/],
  [
    "allows another origin",
    (response) => response.writeHead(200, { "WebHook-Allowed-Origin": "other.example.com" }).end(),
    /another one/,
  ],
  ["grants nothing", agreeing({ "WebHook-Allowed-Rate": "0" }), /not a number/],
  ["grants nonsense", agreeing({ "WebHook-Allowed-Rate": "1e9" }), /not a number/],
];

for (const [what, answer, detail] of refusals) {
  it(`CloudEvents: a receiver that ${what} becomes no endpoint`, async (context) => {
    const { ask } = await aServer(context);
    const { url } = await aReceiver(context, answer);
    const refused = await ask("POST /v1/endpoints", { body: { url, verification: "cloudevents" } });
    assert.equal(refused.body.code, "endpoint-unverified", refused.text);
    assert.match(refused.body.detail, detail);
    assert.deepEqual((await ask("GET /v1/endpoints")).body.data, []);
  });
}

it("CloudEvents: a receiver that allows every origin agrees", async (context) => {
  const { ask } = await aServer(context);
  const { url } = await aReceiver(context, agreeing({ "WebHook-Allowed-Origin": "*" }));
  assert.equal((await ask("POST /v1/endpoints", { body: { url, verification: "cloudevents" } })).status, 201);
});

it("verification asks no address that deliveries may not go to", async (context) => {
  const { ask } = await aServer(context, { app: { allowAddresses: [] } });
  const { url, asked } = await aReceiver(context, agreeing());
  for (const verification of ["challenge", "cloudevents"]) {
    const refused = await ask("POST /v1/endpoints", { body: { url, verification } });
    assert.equal(refused.body.code, "url-refused");
  }
  assert.equal(asked.length, 0);
});

it("a receiver that knows only the replaced secret, in its grace, is verified as it is delivered to", async (context) => {
  const { ask } = await aServer(context);
  const old = "the secret that was replaced";
  const { url, asked } = await aReceiver(context, (response, one) => {
    const signature = createHmac("sha256", old).update(one.body).digest("hex");
    if (one.headers["x-hub-signature-256"] === `sha256=${signature}`) response.end(challengeIn(one));
    else response.writeHead(401).end();
  });
  const made = await ask("POST /v1/endpoints", { body: { url, signing: { scheme: "github" }, secrets: [old] } });
  assert.equal((await ask(`POST /v1/endpoints/${made.body.id}/secrets/rotate`, { body: {} })).status, 200);
  const changed = await ask(`PATCH /v1/endpoints/${made.body.id}`, { body: { verification: "challenge" } });
  assert.equal(changed.status, 200, changed.text);
  assert.equal(asked.length, 1);
});

/** Holds what it is asked, and agrees when it is told to; whatever else comes is answered at once. */
async function aHesitatingReceiver(context: TestContext) {
  const hesitating: (() => void)[] = [];
  const receiver = await aReceiver(context, (response, asked) => {
    if (JSON.parse(asked.body).type !== "endpoint.verification") response.end();
    else hesitating.push(() => response.end(challengeIn(asked)));
  });
  return { ...receiver, hesitating, agree: () => hesitating.shift()?.() };
}

it("a URL that is set while verification is being turned on is not stored together with it, unasked", async (context) => {
  const { ask } = await aServer(context);
  const { url, hesitating, agree } = await aHesitatingReceiver(context);
  const { id } = (await ask("POST /v1/endpoints", { body: { url } })).body;
  const change = (body: object) => ask(`PATCH /v1/endpoints/${id}`, { body });
  const verifying = change({ verification: "challenge" });
  await eventually("the receiver is asked", () => hesitating.length === 1, 5000);
  assert.equal((await change({ url: `${url}/unasked` })).status, 200);
  agree();
  const refused = await verifying;
  assert.deepEqual([refused.status, refused.body.code], [400, "endpoint-unverified"], refused.text);
  const { url: stored, verification } = (await ask(`GET /v1/endpoints/${id}`)).body;
  assert.deepEqual([stored, verification], [`${url}/unasked`, "none"]);
});

it("a change of something else while a receiver is asked is kept beside what it agrees to", async (context) => {
  const { ask } = await aServer(context);
  const { url, hesitating, agree } = await aHesitatingReceiver(context);
  const { id } = (await ask("POST /v1/endpoints", { body: { url } })).body;
  const verifying = ask(`PATCH /v1/endpoints/${id}`, { body: { verification: "challenge" } });
  await eventually("the receiver is asked", () => hesitating.length === 1, 5000);
  assert.equal((await ask(`PATCH /v1/endpoints/${id}`, { body: { description: "kept" } })).status, 200);
  agree();
  const { body } = await verifying;
  assert.deepEqual([body.verification, body.description], ["challenge", "kept"]);
});

it("a verification that is not known is refused", async (context) => {
  const { ask } = await aServer(context);
  const { body } = await ask("POST /v1/endpoints", { body: { url: "https://example.com", verification: "magic" } });
  assert.deepEqual([body.code, body.field], ["invalid-body", "/verification"]);
});
