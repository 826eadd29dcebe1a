/** What can be wrong with how an endpoint signs, over HTTP: one code and one field for each. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { ErrorCode } from "../../src/core/errors.ts";
import { limits } from "../../src/core/limits.ts";
import { aServer } from "./a-server.ts";

const url = "https://example.com/hook";
const hmac = (members: object): object => ({ signing: { scheme: "hmac", header: "X-Signature", ...members } });
const shared = (text: string): string => `whsec_${btoa(text)}`;
const seed = btoa("s".repeat(32));
const manyHeaders = Object.fromEntries(Array.from({ length: limits.signingHeaders + 1 }, (_, i) => [`x-${i}`, "{id}"]));

const refusals: readonly [what: string, settings: object, code: ErrorCode, field: string | null][] = [
  ["a scheme that there is not", { signing: { scheme: "md5" } }, "invalid-body", "/signing/scheme"],
  ["no scheme", { signing: {} }, "invalid-body", "/signing/scheme"],
  ["a member that there is not", { signing: { scheme: "github", key: "x" } }, "unknown-field", null],
  ["a member of another scheme", { signing: { scheme: "github", header: "x" } }, "unknown-field", "/signing/header"],
  [
    "an algorithm of a scheme that has one",
    { signing: { scheme: "standard-webhooks", algorithm: "sha1" } },
    "unknown-field",
    "/signing/algorithm",
  ],
  ["no header", { signing: { scheme: "hmac" } }, "invalid-body", "/signing/header"],
  ["an algorithm of another scheme", hmac({ algorithm: "ed25519" }), "invalid-body", "/signing/algorithm"],
  [
    "an algorithm of the other",
    { signing: { scheme: "http-message-signatures", algorithm: "sha1" } },
    "invalid-body",
    "/signing/algorithm",
  ],
  ["an algorithm that there is not", hmac({ algorithm: "md5" }), "invalid-body", "/signing/algorithm"],
  ["a template without the signature", hmac({ template: "sha1=" }), "invalid-body", "/signing/template"],
  ["a template with half a brace", hmac({ template: "{signature" }), "invalid-body", "/signing/template"],
  ["a template that wants the body", hmac({ template: "{signature}{body}" }), "invalid-body", "/signing/template"],
  ["content without the body", hmac({ content: "{id}.{timestamp}" }), "invalid-body", "/signing/content"],
  [
    "a template with the word in braces that are meant",
    hmac({ template: "{{signature}}" }),
    "invalid-body",
    "/signing/template",
  ],
  [
    "content with the word in braces that are meant",
    hmac({ content: "{id}{{body}}" }),
    "invalid-body",
    "/signing/content",
  ],
  ["content with the body again and again", hmac({ content: "{body}".repeat(3) }), "invalid-body", "/signing/content"],
  [
    "a header with a part again and again",
    hmac({ headers: { "x-a": "{guid}".repeat(3) } }),
    "invalid-body",
    "/signing/headers/x-a",
  ],
  ["content that wants the signature", hmac({ content: "{body}{signature}" }), "invalid-body", "/signing/content"],
  ["content that is too long", hmac({ content: `{body}${"x".repeat(512)}` }), "invalid-body", "/signing/content"],
  ["a header with an unknown part", hmac({ headers: { "x-a": "{ident}" } }), "invalid-body", "/signing/headers/x-a"],
  ["too many headers", hmac({ headers: manyHeaders }), "invalid-body", "/signing/headers"],
  ["a header of HTTP", hmac({ header: "Content-Length" }), "header-refused", "/signing/header"],
  ["a header that is no name", hmac({ header: "X Signature" }), "header-refused", "/signing/header"],
  ["a value that no header carries", hmac({ template: "a\n{signature}" }), "header-refused", "/signing/header"],
  ["a header twice", hmac({ headers: { "x-signature": "{id}" } }), "header-refused", "/signing/headers/x-signature"],
  [
    "a header that is set beside the signature",
    { ...hmac({}), headers: { "x-SIGNATURE": "x" } },
    "header-refused",
    "/headers/x-SIGNATURE",
  ],
  [
    "a header of CloudEvents for the signature",
    { ...hmac({ header: "CE-Id" }), format: "cloudevents-binary" },
    "header-refused",
    "/signing",
  ],
  [
    "a header of the event's beside the signature",
    { ...hmac({ headers: { "trotline-event-id": "{id}" } }), format: "raw" },
    "header-refused",
    "/signing",
  ],
  [
    "a header of GitHub's",
    { signing: { scheme: "github" }, headers: { "x-github-event": "x" } },
    "header-refused",
    "/headers/x-github-event",
  ],
  ["a short text", { signing: { scheme: "github" }, secrets: ["fifteen letters"] }, "secret-invalid", "/secrets/0"],
  ["a private key for a shared secret", { secrets: [`whsk_${seed}`] }, "secret-invalid", "/secrets/0"],
  [
    "a shared secret for a private key",
    { signing: { scheme: "standard-webhooks-ed25519" }, secrets: [shared("s".repeat(32))] },
    "secret-invalid",
    "/secrets/0",
  ],
  [
    "two halves that do not belong together",
    { signing: { scheme: "standard-webhooks-ed25519" }, secrets: [`whsk_${btoa("s".repeat(64))}`] },
    "secret-invalid",
    "/secrets/0",
  ],
  [
    "a private key that receivers would have",
    { signing: { scheme: "github" }, secrets: [`whsk_${seed}`] },
    "secret-invalid",
    "/secrets/0",
  ],
  [
    "digits that are none",
    { ...hmac({ secret_encoding: "hex" }), secrets: ["x".repeat(32)] },
    "secret-invalid",
    "/secrets/0",
  ],
  [
    "two secrets where a request has one signature",
    { signing: { scheme: "github" }, secrets: ["the first of the two", "the second of the two"] },
    "secret-invalid",
    "/secrets/1",
  ],
  ["a secret twice", { secrets: [shared("s".repeat(32)), shared("s".repeat(32))] }, "secret-invalid", "/secrets/1"],
  [
    "a secret of nothing",
    { signing: { scheme: "none" }, secrets: ["sixteen letters!"] },
    "secret-invalid",
    "/secrets/0",
  ],
];

for (const [what, settings, code, field] of refusals) {
  it(`${what}: ${code}, when it is made and when it is changed`, async (context) => {
    const { ask } = await aServer(context);
    const made = await ask("POST /v1/endpoints", { body: { url, ...settings } });
    const { id } = (await ask("POST /v1/endpoints", { body: { url } })).body;
    const changed = await ask(`PATCH /v1/endpoints/${id}`, { body: settings });
    for (const { status, body, text } of [made, changed]) {
      assert.deepEqual([status, body.code], [400, code], text);
      if (field !== null) assert.equal(body.field, field);
      for (const secret of (settings as { secrets?: string[] }).secrets ?? []) assert.ok(!text.includes(secret));
    }
  });
}

it("what only the whole endpoint shows is refused when either half is changed", async (context) => {
  const { ask } = await aServer(context);
  const authorization = { type: "bearer", token: "a-token-of-the-receiver" };
  const signing = { scheme: "hmac", header: "Authorization" };
  const signs = (await ask("POST /v1/endpoints", { body: { url, signing } })).body;
  const authorizes = (await ask("POST /v1/endpoints", { body: { url, authorization } })).body;
  for (const [id, change] of [
    [signs.id, { authorization }],
    [authorizes.id, { signing }],
  ]) {
    const { body } = await ask(`PATCH /v1/endpoints/${id}`, { body: change });
    assert.equal(body.code, "header-refused");
  }
  const headers = { "x-hub-signature": "mine" };
  const { id } = (await ask("POST /v1/endpoints", { body: { url, headers } })).body;
  const { body } = await ask(`PATCH /v1/endpoints/${id}`, { body: { signing: { scheme: "github" } } });
  assert.deepEqual([body.code, body.field], ["header-refused", "/headers/x-hub-signature"]);
});

it("a rotation that cannot be is refused, and changes nothing", async (context) => {
  const { ask } = await aServer(context);
  const { id, secrets } = (await ask("POST /v1/endpoints", { body: { url } })).body;
  const rotate = (body: unknown, of = id) => ask(`POST /v1/endpoints/${of}/secrets/rotate`, { body });
  const cases: [body: unknown, code: ErrorCode, field: string][] = [
    [{ secret: "whsec_short" }, "secret-invalid", "/secret"],
    [{ secret: "x".repeat(limits.secretLength + 1) }, "invalid-body", "/secret"],
    [{ grace_ms: -1 }, "invalid-body", "/grace_ms"],
    [{ grace_ms: limits.secretGraceMsMax + 1 }, "invalid-body", "/grace_ms"],
    [{ grace: 1 }, "unknown-field", "/grace"],
  ];
  for (const [body, code, field] of cases) {
    const answer = await rotate(body);
    assert.deepEqual([answer.status, answer.body.code, answer.body.field], [400, code, field]);
  }
  assert.equal((await rotate({}, "ep_nope")).body.code, "endpoint-not-found");
  assert.deepEqual((await ask(`GET /v1/endpoints/${id}/secrets`)).body, { secrets, retiring: [] });
});

it("secrets beyond the limit are refused while those before them sign: secret-limit", async (context) => {
  const { ask } = await aServer(context);
  const { id } = (await ask("POST /v1/endpoints", { body: { url } })).body;
  const rotate = (body: object) => ask(`POST /v1/endpoints/${id}/secrets/rotate`, { body });
  for (let count = 2; count <= limits.secretsPerEndpoint; count++) assert.equal((await rotate({})).status, 200);
  const refused = await rotate({});
  assert.deepEqual([refused.status, refused.body.code], [409, "secret-limit"]);
  assert.equal((await rotate({ grace_ms: 0 })).status, 200);
});
