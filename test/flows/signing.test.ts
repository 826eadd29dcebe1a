/** Deliveries signed with every scheme, over a real server, as receivers that others wrote take them. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { eventually } from "../../src/testing/eventually.ts";
import { type ReceivedRequest, startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, aServer } from "./a-server.ts";
import { isTaken, type Parcel, publicJwk, type SchemeCase, schemeCases, thumbprint } from "./signature-verifiers.ts";

async function aScene(context: Pick<TestContext, "after">) {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const make = async (settings: object) => {
    const answer = await server.ask("POST /v1/endpoints", { body: { url: `${receiver.url}/hook`, ...settings } });
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  };
  const publish = (event: object = {}) => server.ask("POST /v1/events", { body: anEvent(event) });
  const received = (count: number) =>
    eventually(`${count} requests`, () => receiver.requests.length >= count && receiver.requests[count - 1]);
  return { ...server, receiver, make, publish, received };
}

const parcelOf = ({ url }: TestReceiver, request: ReceivedRequest, method = "POST"): Parcel => ({
  method,
  url: url + request.path,
  headers: request.headers as Record<string, string>,
  body: request.body.toString(),
});

const byName = (name: string): SchemeCase => {
  const found = schemeCases.find((scheme) => scheme.name === name);
  assert.ok(found);
  return found;
};

for (const scheme of schemeCases) {
  it(`${scheme.name}: a secret that Trotline made signs so that the receiver takes it, on every attempt`, async (context) => {
    const { ask, make, publish, received, receiver, app } = await aScene(context);
    const endpoint = await make({ signing: scheme.body, retry_delays_ms: [20] });
    let isFirst = true;
    receiver.answer(() => {
      const status = isFirst ? 500 : 200;
      isFirst = false;
      return status;
    });
    await publish({ id: "evt-1", type: "order.paid", data: { name: "Žižkov 𝄞" } });
    const again = await received(2);
    const [secret = ""] = app.registry.requireEndpoint(endpoint.id).secrets;
    for (const request of [receiver.requests[0] ?? again, again]) {
      assert.equal(await isTaken(scheme, parcelOf(receiver, request), scheme.known(secret)), true);
      assert.equal(request.headers["webhook-id"], "evt-1");
    }
    for (const path of [`/v1/endpoints/${endpoint.id}`, "/v1/endpoints"]) {
      assert.ok(!(await ask(`GET ${path}`)).text.includes(secret), "no read shows a secret");
    }
  });
}

it("what signs is shown as it was set, with every default, and none of it is needed to change something else", async (context) => {
  const { ask, make } = await aScene(context);
  const cases: [set: object, shown: object][] = [
    [{ scheme: "standard-webhooks" }, {}],
    [{ scheme: "none" }, {}],
    [{ scheme: "http-message-signatures" }, { algorithm: "hmac-sha256" }],
    [
      { scheme: "hmac", header: "X-Sig" },
      {
        algorithm: "sha256",
        encoding: "hex",
        secret_encoding: "text",
        template: "{signature}",
        content: "{body}",
        headers: { "webhook-id": "{id}" },
      },
    ],
    [
      { scheme: "hmac", header: "a", algorithm: "sha512", encoding: "base64url", secret_encoding: "hex", headers: {} },
      {},
    ],
  ];
  for (const [set, shown] of cases) {
    const made = await make({ signing: set });
    assert.deepEqual({ ...made.signing, ...set, ...shown }, made.signing);
    const changed = await ask(`PATCH /v1/endpoints/${made.id}`, { body: { description: "x" } });
    assert.deepEqual(changed.body.signing, made.signing);
  }
  assert.deepEqual((await make({})).signing, { scheme: "standard-webhooks" });
});

it("GitHub's headers say the event and a GUID that stays, and the SHA-1 of long ago is there", async (context) => {
  const { make, publish, received, receiver } = await aScene(context);
  await make({ signing: { scheme: "github" }, secrets: ["It's a Secret to Everybody"], retry_delays_ms: [10] });
  receiver.answer((request) => (receiver.requests.indexOf(request) === 0 ? 500 : 200));
  await publish({ type: "push" });
  const { headers, body } = await received(2);
  assert.equal(headers["x-github-event"], "push");
  assert.match(String(headers["x-github-delivery"]), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(receiver.requests[0]?.headers["x-github-delivery"], headers["x-github-delivery"]);
  const expected = createHmac("sha1", "It's a Secret to Everybody").update(body).digest("hex");
  assert.equal(headers["x-hub-signature"], `sha1=${expected}`);
});

it("a legacy provider is imitated to the letter: SHA-1 of the raw body, a GUID and a generated-at in it", async (context) => {
  const { make, publish, received } = await aScene(context);
  await make({
    signing: {
      scheme: "hmac",
      header: "X-Hub-Signature",
      algorithm: "sha1",
      template: "sha1={signature}",
      headers: { "X-Request-Id": "{guid}", "X-Request-Time": "{timestamp_iso}", "X-Topic": "{type}" },
    },
    secrets: ["the secret of long ago"],
    format: "raw",
    transform: '{"guid": id, "generated_at": timestamp, "order": data.order}',
  });
  const id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
  await publish({ id, type: "order.paid", occurred_at: "2026-01-31T12:00:00Z", data: { order: 17 } });
  const { headers, body } = await received(1);
  assert.deepEqual(JSON.parse(body.toString()), { guid: id, generated_at: "2026-01-31T12:00:00.000Z", order: 17 });
  const expected = createHmac("sha1", "the secret of long ago").update(body).digest("hex");
  assert.equal(headers["x-hub-signature"], `sha1=${expected}`);
  assert.equal(headers["x-request-id"], id);
  assert.match(String(headers["x-request-time"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(headers["x-topic"], "order.paid");
  assert.deepEqual([headers["webhook-id"], headers["webhook-signature"]], [undefined, undefined]);
});

it("a scheme of its own signs what its content says, with a secret that writes bytes down", async (context) => {
  const { make, publish, received, receiver } = await aScene(context);
  const secret = "00ff".repeat(8);
  const signing = {
    scheme: "hmac",
    header: "Authorization",
    algorithm: "sha512",
    encoding: "base64",
    secret_encoding: "hex",
    template: 'HMAC ts="{timestamp}", sig="{signature}"',
    content: "{method}\n{url}\n{timestamp_ms}\n{id}\n{body}",
  };
  await make({ url: `${receiver.url}/a?b=c`, signing, secrets: [secret] });
  await publish({ id: "evt-7" });
  const { headers, body, path } = await received(1);
  const [, timestamp, signature] = /^HMAC ts="(\d+)", sig="(.*)"$/.exec(String(headers.authorization)) ?? [];
  const content = `POST\n${receiver.url}${path}\n${timestamp}000\nevt-7\n${body}`;
  const expected = createHmac("sha512", Buffer.from(secret, "hex")).update(content).digest("base64");
  assert.equal(signature, expected);
});

describe("HTTP message signatures", () => {
  const scheme = byName("http-message-signatures, ed25519");

  it("are over the URL as receivers see it, and the digest of what goes over the wire", async (context) => {
    const { make, publish, received, receiver } = await aScene(context);
    const [secret] = scheme.secrets;
    // The path of this URL is empty; on the wire it is not.
    await make({ url: receiver.url, signing: scheme.body, secrets: [secret], compression: "gzip" });
    await publish();
    const request = await received(1);
    assert.equal(request.path, "/");
    const parcel = parcelOf(receiver, request);
    const verify = (body: Buffer) =>
      scheme.verify({ ...parcel, body: body as unknown as string }, scheme.known(secret));
    assert.equal(await verify(request.body), true);
    assert.equal(await verify(gunzipSync(request.body)), false);
  });

  it("hold for a request whose event is in its query", async (context) => {
    const { make, publish, received, receiver } = await aScene(context);
    const [secret] = scheme.secrets;
    await make({ signing: scheme.body, secrets: [secret], method: "GET", format: "form" });
    await publish({ data: { total: 1 } });
    const parcel = parcelOf(receiver, await received(1), "GET");
    assert.match(parcel.url, /total/);
    assert.equal(await isTaken(scheme, parcel, scheme.known(secret)), true);
    const changed = { ...parcel, url: parcel.url.replace("total", "t0tal") };
    assert.equal(await isTaken(scheme, changed, scheme.known(secret)), false);
  });
});

it("nothing is signed with `none`, and the id is there", async (context) => {
  const { make, publish, received, ask } = await aScene(context);
  const made = await make({ signing: { scheme: "none" } });
  assert.deepEqual(made.secrets, []);
  await publish({ id: "evt-1" });
  const { headers } = await received(1);
  assert.equal(headers["webhook-id"], "evt-1");
  assert.deepEqual(
    Object.keys(headers).filter((name) => /signature|timestamp/.test(name)),
    [],
  );
  const rotated = await ask(`POST /v1/endpoints/${made.id}/secrets/rotate`);
  assert.deepEqual([rotated.status, rotated.body.code], [400, "secret-invalid"]);
});

describe("private keys", () => {
  it("are never shown; their public halves are, with the endpoint and in the set that anybody may read", async (context) => {
    const { ask, make, app } = await aScene(context);
    const pair = await make({ signing: { scheme: "standard-webhooks-ed25519" } });
    const message = await make({ signing: { scheme: "http-message-signatures", algorithm: "ed25519" } });
    await make({});
    const set = await ask("GET /.well-known/jwks.json", { key: null });
    assert.deepEqual([set.status, set.headers.get("cache-control")], [200, "public, max-age=300"]);
    const expected = [pair, message].map(({ id }) => {
      const jwk = publicJwk(app.registry.requireEndpoint(id).secrets[0] ?? "");
      return { kty: "OKP", crv: "Ed25519", x: JSON.parse(jwk).x, kid: thumbprint(jwk), use: "sig", alg: "EdDSA" };
    });
    assert.deepEqual(set.body.keys, expected);
    for (const [index, { id, secrets, signing_keys: keys }] of [pair, message].entries()) {
      assert.deepEqual(secrets, []);
      const { kid, x } = expected[index] ?? { kid: "", x: "" };
      const public_key = `whpk_${Buffer.from(x, "base64url").toString("base64")}`;
      assert.deepEqual(keys, [{ key_id: kid, algorithm: "ed25519", public_key, expires_at: null }]);
      const shown = (await ask(`GET /v1/endpoints/${id}/secrets`)).text;
      const [seed = ""] = app.registry.requireEndpoint(id).secrets;
      assert.ok(!shown.includes("whsk_") && !set.text.includes(seed.slice(5, 40)));
    }
    const tag = set.headers.get("etag") ?? "";
    const known = await ask("GET /.well-known/jwks.json", { key: null, headers: { "if-none-match": tag } });
    assert.deepEqual([known.status, known.text], [304, ""]);
    await ask(`DELETE /v1/endpoints/${pair.id}`);
    await ask(`PATCH /v1/endpoints/${message.id}`, { body: { signing: { scheme: "github" } } });
    const left = await ask("GET /.well-known/jwks.json", { key: null, headers: { "if-none-match": tag } });
    assert.deepEqual([left.status, left.body], [200, { keys: [] }]);
  });

  it("are not sent again to who has the set from a proxy that made its tag weak, or asks with several", async (context) => {
    const { ask } = await aScene(context);
    const path = "GET /.well-known/jwks.json";
    const tag = (await ask(path, { key: null })).headers.get("etag") ?? "";
    const statusFor = async (known: string) =>
      (await ask(path, { key: null, headers: { "if-none-match": known } })).status;
    for (const known of [tag, `W/${tag}`, `"abc", ${tag}`, "*"]) assert.equal(await statusFor(known), 304, known);
    for (const known of ['"abc"', tag.slice(1, -1)]) assert.equal(await statusFor(known), 200, known);
  });

  it("verify by the set alone: the receiver looks up the key that the request names", async (context) => {
    const { ask, make, publish, received, receiver } = await aScene(context);
    const scheme = byName("http-message-signatures, ed25519");
    await make({ signing: scheme.body });
    await publish();
    const parcel = parcelOf(receiver, await received(1));
    const [, kid] = /keyid="([^"]+)"/.exec(parcel.headers["signature-input"] ?? "") ?? [];
    const { keys } = (await ask("GET /.well-known/jwks.json", { key: null })).body;
    const jwk = keys.find((key: { kid: string }) => key.kid === kid);
    assert.equal(await isTaken(scheme, parcel, JSON.stringify(jwk)), true);
  });
});

it("a change of scheme keeps secrets that fit, and makes one where they do not", async (context) => {
  const { ask, make } = await aScene(context);
  const { id, secrets: first } = await make({});
  const change = async (body: object) => {
    assert.equal((await ask(`PATCH /v1/endpoints/${id}`, { body })).status, 200);
    return (await ask(`GET /v1/endpoints/${id}/secrets`)).body.secrets;
  };
  assert.deepEqual(await change({ signing: { scheme: "http-message-signatures" } }), first);
  assert.deepEqual(await change({ signing: { scheme: "github" } }), first);
  const given = ["a secret of my own choice"];
  assert.deepEqual(await change({ secrets: given }), given);
  assert.deepEqual(await change({ signing: { scheme: "stripe" } }), given);
  const [made, ...more] = await change({ signing: { scheme: "standard-webhooks" } });
  assert.match(made, /^whsec_/);
  assert.deepEqual(more, []);
  assert.deepEqual(await change({ signing: { scheme: "none" } }), []);
  assert.match((await change({ signing: { scheme: "stripe" } }))[0], /^whsec_/);
});
