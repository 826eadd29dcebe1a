/** What Trotline signs is what was published of each scheme, to the letter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CustomHmac, hmacDefaults, type SigningScheme } from "../../src/core/endpoint-signing.ts";
import { headersUnder } from "../../src/outbound/signing.ts";
import { isWholeKeyPair, publicKeyOf, publicKeyText, signEd25519 } from "../../src/platform/ed25519.ts";
import { contentDigest, guidOf, keyedDigest } from "../../src/platform/keyed-digest.ts";
import { anEndpoint } from "../conformance/builders.ts";

interface Request {
  readonly id?: string;
  readonly timestampSeconds?: number;
  readonly body: string;
}

/** The headers of a request under these secrets, by name in lower case. */
function signed(signing: SigningScheme, secrets: string[], { body, ...request }: Request): Map<string, string> {
  const headers = headersUnder({ ...anEndpoint({ signing }), number: 1 }, secrets, {
    id: "evt_1",
    type: "push",
    timestampSeconds: 1_614_265_330,
    method: "POST",
    url: "https://example.com/foo",
    ...request,
    body: Buffer.from(body),
  });
  const pairs = new Map<string, string>();
  for (let i = 0; i < headers.length; i += 2) pairs.set((headers[i] ?? "").toLowerCase(), headers[i + 1] ?? "");
  return pairs;
}

const aCustom = (members: Partial<CustomHmac>): CustomHmac => ({
  ...hmacDefaults,
  scheme: "hmac",
  header: "x-signature",
  ...members,
});
const privateKey = (base64url: string): string => `whsk_${Buffer.from(base64url, "base64url").toString("base64")}`;

// https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/python/tests/test_webhooks.py
test("Standard Webhooks, v1", () => {
  const request = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: '{"test": 2432232314}' };
  const headers = signed({ scheme: "standard-webhooks" }, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], request);
  assert.equal(headers.get("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  assert.deepEqual([...headers.keys()], ["webhook-id", "webhook-timestamp", "webhook-signature"]);
});

// https://github.com/svix/svix-webhooks/blob/main/server/svix-server/src/core/webhook_http_client.rs and its tests
test("Standard Webhooks, v1a", () => {
  const key = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
  const request = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: '{"test": 2432232314}' };
  const expected = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
  for (const secret of [key, `whsk_${key.slice(5, 47)}c=`]) {
    const headers = signed({ scheme: "standard-webhooks-ed25519" }, [secret], request);
    assert.equal(headers.get("webhook-signature"), expected);
    assert.equal(publicKeyText(publicKeyOf(secret)), "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
    assert.ok(isWholeKeyPair(secret));
  }
  assert.ok(!isWholeKeyPair(key.replace("VKIDij2H", "VKIDij2I")));
});

// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
test("GitHub", () => {
  const headers = signed({ scheme: "github" }, ["It's a Secret to Everybody"], { body: "Hello, World!" });
  const expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  assert.equal(headers.get("x-hub-signature-256"), expected);
  assert.equal(headers.get("x-github-event"), "push");
  assert.match(headers.get("x-github-delivery") ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
});

// https://api.slack.com/authentication/verifying-requests-from-slack
test("Slack, as a custom HMAC", () => {
  const slack = aCustom({
    header: "X-Slack-Signature",
    content: "v0:{timestamp}:{body}",
    template: "v0={signature}",
    headers: { "X-Slack-Request-Timestamp": "{timestamp}" },
  });
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&" +
    "user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com" +
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121." +
    "803a0bc887a14d10d2c447fce8b6703c";
  const request = { timestampSeconds: 1_531_420_618, body };
  const headers = signed(slack, ["8f742231b10e8888abcd99yyyzzz85a5"], request);
  const expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
  assert.equal(headers.get("x-slack-signature"), expected);
  assert.equal(headers.get("x-slack-request-timestamp"), "1531420618");
});

// https://www.rfc-editor.org/rfc/rfc4231#section-4.2 and 4.3, https://www.rfc-editor.org/rfc/rfc2202#section-3
test("HMAC with every algorithm", () => {
  const jefe = { secret: "Jefe", secretEncoding: "text", parts: ["what do ya want for nothing?"] } as const;
  const cases = {
    sha1: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    sha384: "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    sha512:
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b" +
      "636e070a38bce737",
  } as const;
  for (const [algorithm, expected] of Object.entries(cases) as [keyof typeof cases, string][]) {
    assert.equal(keyedDigest({ ...jefe, algorithm, encoding: "hex" }), expected);
  }
});

test("HMAC with a secret that writes bytes down", () => {
  const expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
  const bytes = Buffer.alloc(20, 0x0b);
  for (const secretEncoding of ["hex", "base64"] as const) {
    const request = { secret: bytes.toString(secretEncoding), secretEncoding, parts: ["Hi ", Buffer.from("There")] };
    assert.equal(keyedDigest({ ...request, algorithm: "sha256", encoding: "hex" }), expected);
    const signature = Buffer.from(expected, "hex").toString("base64url");
    assert.equal(keyedDigest({ ...request, algorithm: "sha256", encoding: "base64url" }), signature);
  }
});

const components = (names: string, keyId: string): string =>
  `"@signature-params": (${names});created=1618884473;keyid="${keyId}"`;

// https://www.rfc-editor.org/rfc/rfc9421#appendix-B.2.5
test("HTTP Message Signatures with hmac-sha256", () => {
  const secret = "whsec_uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
  const base = [
    '"date": Tue, 20 Apr 2021 02:07:55 GMT',
    '"@authority": example.com',
    '"content-type": application/json',
    components('"date" "@authority" "content-type"', "test-shared-secret"),
  ].join("\n");
  const request = { algorithm: "sha256", secret, secretEncoding: "shared", parts: [base] } as const;
  assert.equal(keyedDigest({ ...request, encoding: "base64" }), "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
});

// https://www.rfc-editor.org/rfc/rfc9421#appendix-B.2.6
test("HTTP Message Signatures with ed25519", () => {
  const base = [
    '"date": Tue, 20 Apr 2021 02:07:55 GMT',
    '"@method": POST',
    '"@path": /foo',
    '"@authority": example.com',
    '"content-type": application/json',
    '"content-length": 18',
    components('"date" "@method" "@path" "@authority" "content-type" "content-length"', "test-key-ed25519"),
  ].join("\n");
  const signature = signEd25519(privateKey("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU"), Buffer.from(base));
  const expected = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
  assert.equal(signature, expected);
});

// https://www.rfc-editor.org/rfc/rfc9530#appendix-D.1
test("Content-Digest", () => {
  const content = Buffer.from('{"hello": "world"}');
  assert.equal(contentDigest(content), "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
});

// https://www.rfc-editor.org/rfc/rfc8037#appendix-A.3
test("the name of a public key is its JWK's thumbprint", () => {
  const { keyId, bytes } = publicKeyOf(privateKey("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"));
  assert.equal(Buffer.from(bytes).toString("base64url"), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  assert.equal(keyId, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
});

test("an id has one GUID, and a GUID is its own", () => {
  assert.equal(guidOf("evt_1"), guidOf("evt_1"));
  assert.notEqual(guidOf("evt_1"), guidOf("evt_2"));
  const guid = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
  assert.equal(guidOf(guid), guid);
});
