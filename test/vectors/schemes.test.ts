/** What providers and specifications published of their signatures is believed, to the letter. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { completeScheme } from "../../src/core/scheme.ts";
import { declaredScheme } from "../../src/inbound/schemes/declared.ts";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { Scheme } from "../../src/inbound/schemes/scheme.ts";
import { assertRefused, verdictOf } from "./a-signed-request.ts";

interface Published {
  readonly preset: string;
  readonly source: string;
  readonly secret: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly url?: string;
  /** When it was signed, where that matters. */
  readonly seconds?: number;
}

const published: readonly Published[] = [
  {
    preset: "standard-webhooks",
    source: "https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/python/tests/test_webhooks.py",
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    body: '{"test": 2432232314}',
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    seconds: 1_614_265_330,
  },
  {
    preset: "svix",
    source: "https://docs.svix.com/receiving/verifying-payloads/how-manual",
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    body: '{"test": 2432232314}',
    headers: {
      "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "svix-timestamp": "1614265330",
      "svix-signature":
        "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,MzJsNDk4MzI0K2VvdSMkMSM= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    seconds: 1_614_265_330,
  },
  {
    preset: "github",
    source: "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    secret: "It's a Secret to Everybody",
    body: "Hello, World!",
    headers: {
      "X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    },
  },
  {
    preset: "bitbucket",
    source: "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
    secret: "It's a Secret to Everybody",
    body: "Hello World!",
    headers: { "X-Hub-Signature": "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9" },
  },
  {
    preset: "slack",
    source: "https://docs.slack.dev/authentication/verifying-requests-from-slack",
    secret: "8f742231b10e8888abcd99yyyzzz85a5",
    body:
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
      "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com" +
      "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
      "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
    headers: {
      "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
      "X-Slack-Request-Timestamp": "1531420618",
    },
    seconds: 1_531_420_618,
  },
  {
    preset: "square",
    source: "https://developer.squareup.com/docs/webhooks/step3validate",
    secret: "asdf1234",
    body: '{"hello":"world"}',
    headers: { "X-Square-HmacSha256-Signature": "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=" },
    url: "https://example.com/webhook",
  },
  {
    preset: "line",
    source: "https://github.com/line/line-bot-sdk-nodejs/blob/master/test/validate-signature.spec.ts",
    secret: "test_secret",
    body: '{"hello":"world"}',
    headers: { "X-Line-Signature": "t7Hn4ZDHqs6e+wdvI5TyQIvzie0DmMUmuXEBqyyE/tM=" },
  },
];

/** https://www.rfc-editor.org/rfc/rfc4231#section-4.3 and https://www.rfc-editor.org/rfc/rfc2202#section-3, case 2 */
const jefe = {
  secret: "Jefe",
  body: "what do ya want for nothing?",
  sha1: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
  sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  sha512:
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
};
const base64 = Buffer.from(jefe.sha256, "hex").toString("base64");

/** How each provider that signs its body alone writes the digest of that case. */
const written: Readonly<Record<string, readonly [header: string, value: string]>> = {
  github: ["X-Hub-Signature-256", `sha256=${jefe.sha256}`],
  meta: ["X-Hub-Signature-256", `sha256=${jefe.sha256}`],
  bitbucket: ["X-Hub-Signature", `sha256=${jefe.sha256}`],
  gitea: ["X-Gitea-Signature", jefe.sha256],
  forgejo: ["X-Forgejo-Signature", jefe.sha256],
  shopify: ["X-Shopify-Hmac-Sha256", base64],
  intercom: ["X-Hub-Signature", `sha1=${jefe.sha1}`],
  timepad: ["X-Hub-Signature", `sha1=${jefe.sha1}`],
  razorpay: ["X-Razorpay-Signature", jefe.sha256],
  woocommerce: ["X-WC-Webhook-Signature", base64],
  lemonsqueezy: ["X-Signature", jefe.sha256],
  vercel: ["x-vercel-signature", jefe.sha1],
  typeform: ["Typeform-Signature", `sha256=${base64}`],
  line: ["x-line-signature", base64],
  sentry: ["Sentry-Hook-Signature", jefe.sha256],
  dropbox: ["X-Dropbox-Signature", jefe.sha256],
  asana: ["X-Hook-Signature", jefe.sha256],
  x: ["x-twitter-webhooks-signature", `sha256=${base64}`],
  "generic-hmac-sha256": ["X-Signature", jefe.sha256],
  telegram: ["X-Telegram-Bot-Api-Secret-Token", jefe.secret],
  gitlab: ["X-Gitlab-Token", jefe.secret],
  token: ["Authorization", `Bearer ${jefe.secret}`],
};

const tried = ({ secret, body, headers, url, seconds }: Omit<Published, "preset" | "source">) => ({
  request: {
    method: "POST",
    url: url ?? "https://hooks.example.com/in/a",
    headers: Object.entries(headers).flat(),
    body: Buffer.from(body),
  },
  context: { secrets: [secret], settings: {}, nowMs: (seconds ?? 0) * 1000, fetchText: async () => "" },
});

const presetOf = (name: string): Scheme => {
  const scheme = presets.get(name);
  assert.ok(scheme, name);
  return scheme;
};

describe("a published signature", () => {
  for (const { preset, source, ...vector } of published) {
    it(`of ${preset} is believed, and not for another body (${source})`, async () => {
      assert.deepEqual(await verdictOf(presetOf(preset), tried(vector)), { ok: true, secret: 0 });
      await assertRefused(presetOf(preset), tried({ ...vector, body: `${vector.body} ` }), ["signature_mismatch"]);
    });
  }

  for (const [preset, [header, value]] of Object.entries(written)) {
    it(`of the RFCs is believed as ${preset} writes it`, async () => {
      const request = tried({ ...jefe, headers: { [header]: value } });
      assert.deepEqual(await verdictOf(presetOf(preset), request), { ok: true, secret: 0 });
      await assertRefused(presetOf(preset), tried({ ...jefe, secret: "Jefes", headers: { [header]: value } }), [
        "signature_mismatch",
      ]);
    });
  }

  it("with SHA-512 is believed by a scheme of one's own (RFC 4231)", async () => {
    const scheme = declaredScheme(
      completeScheme({ algorithm: "hmac-sha512", signature: { place: "query:signature" } }),
    );
    const url = `https://hooks.example.com/in/a?signature=${jefe.sha512}`;
    assert.ok((await verdictOf(scheme, tried({ ...jefe, headers: {}, url }))).ok);
  });

  it("with Ed25519 is believed by a raw key, an SPKI and a PEM (https://www.rfc-editor.org/rfc/rfc8032#section-7.1)", async () => {
    const scheme = declaredScheme(
      completeScheme({ algorithm: "ed25519", signature: { place: "header:x-signature-ed25519" } }),
    );
    const raw = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const signature =
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    const spki = Buffer.from(`302a300506032b6570032100${raw}`, "hex").toString("base64");
    const pem = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`;
    for (const secret of [raw, spki, pem, Buffer.from(raw, "hex").toString("base64")]) {
      const request = tried({ secret, body: "\x72", headers: { "X-Signature-Ed25519": signature } });
      assert.deepEqual(await verdictOf(scheme, request), { ok: true, secret: 0 }, secret);
    }
  });

  it("in Basic authentication is believed (https://www.rfc-editor.org/rfc/rfc7617#section-2)", async () => {
    const headers = { Authorization: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" };
    assert.ok((await verdictOf(presetOf("basic"), tried({ secret: "Aladdin:open sesame", body: "", headers }))).ok);
  });
});
