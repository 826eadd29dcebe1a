/** What providers ask before they send: answered as each asks it, and only when it is the source's own provider. */
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { describe, it } from "node:test";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { HandshakeAnswer, Refusal, SchemeRequest, VerifyContext } from "../../src/inbound/schemes/scheme.ts";
import { judgeRequest } from "../../src/inbound/verify.ts";
import { nowMs } from "./a-signed-request.ts";

const secret = "0123456789abcdef0123456789abcdef";

interface Asked extends Partial<SchemeRequest> {
  readonly query?: string;
  readonly json?: unknown;
}

const aRequest = ({ query, json, ...members }: Asked): SchemeRequest => ({
  method: json === undefined ? "GET" : "POST",
  url: `https://example.com/in/a${query === undefined ? "" : `?${query}`}`,
  headers: [],
  body: json === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(json)),
  ...members,
});

type Settings = Readonly<Record<string, string>>;
type Ground = Partial<Pick<VerifyContext, "secrets" | "fetchText">>;

const schemeNamed = (name: string) => presets.get(name) ?? assert.fail(name);

/** What comes of a request by way of everything that a source does: token, signature, handshake. */
async function judged(name: string, request: SchemeRequest, settings: Settings = {}, ground: Ground = {}) {
  const { secrets = [secret], fetchText = () => Promise.reject(new Error("nothing is fetched")) } = ground;
  const source = {
    scheme: { preset: name, settings },
    secrets: secrets.map((value) => ({ value, expiresAtMs: null })),
  };
  return judgeRequest({ source, scheme: schemeNamed(name), request, machine: { nowMs, fetchText } });
}

async function answered(...asked: Parameters<typeof judged>): Promise<HandshakeAnswer> {
  const judgement = await judged(...asked);
  assert.equal(judgement.kind, "handshake", `${asked[0]}: ${JSON.stringify(judgement)}`);
  return judgement.kind === "handshake" ? judgement.answer : assert.fail();
}

async function refused(reason: Refusal["reason"], ...asked: Parameters<typeof judged>): Promise<void> {
  const judgement = await judged(...asked);
  assert.equal(judgement.kind === "refused" ? judgement.refusal.reason : judgement.kind, reason, asked[0]);
}

const textOf = ({ status, headers, body }: HandshakeAnswer): string => {
  assert.equal(status, 200);
  assert.deepEqual(headers, ["content-type", "text/plain; charset=utf-8", "x-content-type-options", "nosniff"]);
  return body;
};

const jsonOf = ({ status, headers, body }: HandshakeAnswer): unknown => {
  assert.equal(status, 200);
  assert.deepEqual(headers, ["content-type", "application/json", "x-content-type-options", "nosniff"]);
  return JSON.parse(body);
};

/** As Slack and Zoom sign: the same way, with headers of their own. */
function signedV0(words: string, request: SchemeRequest): SchemeRequest {
  const seconds = nowMs / 1000;
  const made = createHmac("sha256", secret).update(`v0:${seconds}:`).update(request.body).digest("hex");
  const headers = [`X-${words}-Signature`, `v0=${made}`, `X-${words}-Request-Timestamp`, String(seconds)];
  return { ...request, headers: [...request.headers, ...headers] };
}

const slackSigned = (json: object): SchemeRequest => signedV0("Slack", aRequest({ json }));
const zoomSigned = (json: object): SchemeRequest => signedV0("Zm", aRequest({ json }));

function twitchSigned(json: object, messageType = "webhook_callback_verification"): SchemeRequest {
  const request = aRequest({ json });
  const time = new Date(nowMs).toISOString();
  const made = createHmac("sha256", secret).update(`m-1${time}`).update(request.body).digest("hex");
  const said = { Id: "m-1", Timestamp: time, Signature: `sha256=${made}`, Type: messageType };
  const headers = Object.entries(said).flatMap(([name, value]) => [`Twitch-Eventsub-Message-${name}`, value]);
  return { ...request, headers };
}

/** What no provider sends, and what would serve an attacker to have repeated. */
const hostile = [
  "<script>alert(1)</script>",
  '"onload="x',
  "a\r\nset-cookie: a=b",
  "a\nb",
  "\u0000",
  "ä",
  "&amp;",
  "`x`",
  "a\\b",
  "x".repeat(513),
  "",
];

describe("a handshake that is signed", () => {
  it("of Slack repeats the challenge, and needs the signature", async () => {
    const asked = (challenge: unknown) => ({ type: "url_verification", token: "t", challenge });
    const challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
    assert.equal(textOf(await answered("slack", slackSigned(asked(challenge)))), challenge);
    await refused("signature_missing", "slack", aRequest({ json: asked("abc") }));
    await refused("signature_mismatch", "slack", slackSigned(asked("abc")), {}, { secrets: ["another-secret"] });
    for (const other of [...hostile, 7, null, undefined, ["abc"], { a: 1 }]) {
      await refused("handshake_refused", "slack", slackSigned(asked(other)));
    }
    assert.equal((await judged("slack", slackSigned({ type: "event_callback", challenge }))).kind, "verified");
  });

  it("of Zoom signs the token by the secret that signed the request", async () => {
    const plainToken = "qgg8vlvZRS6UYooatFL8Aw";
    const encryptedToken = createHmac("sha256", secret).update(plainToken).digest("hex");
    const request = zoomSigned({ event: "endpoint.url_validation", payload: { plainToken } });
    for (const secrets of [[secret], ["another-secret", secret]]) {
      assert.deepEqual(jsonOf(await answered("zoom", request, {}, { secrets })), { plainToken, encryptedToken });
    }
    await refused("signature_mismatch", "zoom", request, {}, { secrets: ["another-secret"] });
  });

  it("of Zoom signs nothing that would be a signature of Zoom's", async () => {
    for (const plainToken of ["v0:1769860800:{}", "a:b", ...hostile, 7, undefined]) {
      const json = { event: "endpoint.url_validation", payload: { plainToken } };
      await refused("handshake_refused", "zoom", zoomSigned(json));
    }
    const json = { event: "endpoint.url_validation", payload: { plainToken: "abc" } };
    await refused("signature_missing", "zoom", aRequest({ json }));
  });

  it("of Twitch repeats the challenge as plain text", async () => {
    const challenge = "pogchamp-kappa-360noscope-vohiyo";
    assert.equal(textOf(await answered("twitch", twitchSigned({ challenge }))), challenge);
    for (const other of [...hostile, 7, undefined]) {
      await refused("handshake_refused", "twitch", twitchSigned({ challenge: other }));
    }
    await refused("signature_mismatch", "twitch", twitchSigned({ challenge }), {}, { secrets: ["another-secret"] });
    assert.equal((await judged("twitch", twitchSigned({ challenge }, "notification"))).kind, "verified");
  });

  it("of Discord answers the ping of interactions and that of webhook events, and takes no event for one", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const { x = "" } = publicKey.export({ format: "jwk" });
    const ground = { secrets: [Buffer.from(x, "base64url").toString("hex")] };
    const sent = (json: object): SchemeRequest => {
      const request = aRequest({ json });
      const content = Buffer.concat([Buffer.from(String(nowMs / 1000)), request.body]);
      const made = sign(null, content, privateKey).toString("hex");
      return { ...request, headers: ["X-Signature-Ed25519", made, "X-Signature-Timestamp", String(nowMs / 1000)] };
    };
    const pong = await answered("discord", sent({ id: "1", type: 1, version: 1 }), {}, ground);
    assert.deepEqual(jsonOf(pong), { type: 1 });
    const empty = await answered("discord", sent({ version: 1, application_id: "1", type: 0 }), {}, ground);
    assert.deepEqual(empty, { status: 204, headers: ["content-type", "application/json"], body: "" });
    for (const event of [
      { version: 1, type: 1, event: { type: "APPLICATION_AUTHORIZED" } },
      { id: "1", type: 2, data: {} },
    ]) {
      assert.equal((await judged("discord", sent(event), {}, ground)).kind, "verified");
    }
    await refused("signature_missing", "discord", aRequest({ json: { type: 1 } }), {}, ground);
  });
});

describe("a handshake with a token of the source's own", () => {
  it("of Meta repeats the challenge for the verify token that was agreed, which is no secret that signs", async () => {
    const query = (token: string, challenge = "1158201444") =>
      new URLSearchParams({
        "hub.mode": "subscribe",
        "hub.verify_token": token,
        "hub.challenge": challenge,
      }).toString();
    const settings = { verify_token: "meatyhamhock" };
    const good = aRequest({ query: query("meatyhamhock") });
    assert.equal(textOf(await answered("meta", good, settings)), "1158201444");
    for (const token of ["", "meatyhamhoc", "meatyhamhock ", "MEATYHAMHOCK", secret]) {
      await refused("handshake_refused", "meta", aRequest({ query: query(token) }), settings);
    }
    for (const none of [{}, { verify_token: "" }]) {
      await refused("handshake_refused", "meta", good, none);
      await refused("handshake_refused", "meta", aRequest({ query: query("") }), none);
    }
    const twice = `${query("x")}&hub.verify_token=meatyhamhock`;
    await refused("handshake_refused", "meta", aRequest({ query: twice }), settings);
    for (const challenge of hostile) {
      await refused("handshake_refused", "meta", aRequest({ query: query("meatyhamhock", challenge) }), settings);
    }
  });

  /** Scheme, parameter of the challenge, what else is asked, and settings beside the token. */
  const repeating: readonly (readonly [string, string, Record<string, string>, Settings, string])[] = [
    ["dropbox", "challenge", {}, {}, "GET"],
    ["microsoft-graph", "validationToken", {}, {}, "POST"],
    [
      "websub",
      "hub.challenge",
      { "hub.mode": "subscribe", "hub.topic": "https://a.b/c" },
      { topic: "https://a.b/c" },
      "GET",
    ],
  ];

  it("repeats the challenge as plain text to whoever has the token", async () => {
    for (const [name, parameter, others, more, method] of repeating) {
      const challenge = "Validation: Testing client application reachability for subscription Request-Id: 522a8e7e";
      const query = new URLSearchParams({ ...others, [parameter]: challenge, token: "a-token" }).toString();
      const settings = { ...more, token: "a-token" };
      assert.equal(textOf(await answered(name, aRequest({ query, method }), settings)), challenge);
      const without = new URLSearchParams({ ...others, [parameter]: challenge }).toString();
      for (const wrong of [without, `${without}&token=`, `${without}&token=a-toke`, `${query}&token=a-token`]) {
        await refused("handshake_refused", name, aRequest({ query: wrong, method }), settings);
        await refused("handshake_refused", name, aRequest({ query: wrong, method }), more);
      }
    }
  });

  it("repeats it to anyone only where the source says so", async () => {
    for (const [name, parameter, others, more, method] of repeating) {
      const query = new URLSearchParams({ ...others, [parameter]: "abc" }).toString();
      assert.equal(textOf(await answered(name, aRequest({ query, method }), { ...more, handshake: "accept" })), "abc");
      const strict = { ...more, handshake: "accept", token: "a-token" };
      await refused("handshake_refused", name, aRequest({ query, method }), strict);
      await refused("handshake_refused", name, aRequest({ query, method }), { ...more, handshake: "yes" });
    }
  });

  it("repeats nothing that a browser or a header would take for more than text", async () => {
    for (const [name, parameter, others, more, method] of repeating) {
      for (const challenge of hostile) {
        const query = new URLSearchParams({ ...others, [parameter]: challenge }).toString();
        await refused("handshake_refused", name, aRequest({ query, method }), { ...more, handshake: "accept" });
      }
      const twice = `${new URLSearchParams(others)}&${parameter}=a&${parameter}=b`;
      await refused("handshake_refused", name, aRequest({ query: twice, method }), { ...more, handshake: "accept" });
    }
  });

  it("of WebSub agrees to the source's topic alone, and to its end where that is allowed", async () => {
    const settings = { topic: "https://a.b/c", handshake: "accept" };
    const asked = (mode: string, topic: string) =>
      aRequest({
        query: new URLSearchParams({ "hub.mode": mode, "hub.topic": topic, "hub.challenge": "abc" }).toString(),
      });
    await answered("websub", asked("subscribe", "https://a.b/c"), settings);
    for (const topic of ["https://a.b/c/", "https://a.b/C", "http://a.b/c", ""]) {
      await refused("handshake_refused", "websub", asked("subscribe", topic), settings);
    }
    await refused("handshake_refused", "websub", asked("unsubscribe", "https://a.b/c"), settings);
    await refused("handshake_refused", "websub", asked("denied", "https://a.b/c"), settings);
    await answered("websub", asked("unsubscribe", "https://a.b/c"), { ...settings, unsubscribe: "accept" });
  });

  it("of Intercom is an answer to HEAD", async () => {
    const settings = { token: "a-token" };
    const asked = aRequest({ method: "HEAD", query: "token=a-token" });
    assert.equal(textOf(await answered("intercom", asked, settings)), "");
    await refused("handshake_refused", "intercom", aRequest({ method: "HEAD" }), settings);
  });
});

describe("the challenge of X", () => {
  const made = (text: string) => `sha256=${createHmac("sha256", secret).update(text).digest("base64")}`;
  const token = "9b4507b3-9040-4669-9ca3-6b94edb50553";

  it("is signed for X, whose query is signed, or for whoever has the source's token", async () => {
    const query = `crc_token=${token}&nonce=abc`;
    const headers = ["X-Twitter-Webhooks-Signature", made(query)];
    const wanted = { response_token: made(token) };
    assert.deepEqual(jsonOf(await answered("x", aRequest({ query, headers }))), wanted);
    const older = await answered("x", aRequest({ query, headers }), {}, { secrets: ["another-secret", secret] });
    assert.deepEqual(jsonOf(older), wanted);
    const settings = { token: "a-token" };
    assert.deepEqual(jsonOf(await answered("x", aRequest({ query: `${query}&token=a-token` }), settings)), wanted);
    await refused("handshake_refused", "x", aRequest({ query }), settings);
    await refused("handshake_refused", "x", aRequest({ query }));
    await refused("signature_mismatch", "x", aRequest({ query: `${query}x`, headers }));
    await refused("secret_missing", "x", aRequest({ query, headers }), {}, { secrets: [] });
  });

  it("is signed for nothing that could be an event, or another query, of X's", async () => {
    const settings = { handshake: "accept" };
    for (const text of [
      '{"for_user_id":"1"}',
      "{}",
      "[]",
      "crc_token=abcdefgh&nonce=a",
      "a b c d e",
      "x".repeat(129),
      "short",
    ]) {
      const query = new URLSearchParams({ crc_token: text }).toString();
      await refused("handshake_refused", "x", aRequest({ query }), settings);
    }
    await refused("handshake_refused", "x", aRequest({ query: `crc_token=${token}&crc_token=${token}` }), settings);
  });
});

describe("the secret that Asana brings", () => {
  const sent = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81";
  const asked = (...headers: string[]) => aRequest({ json: {}, headers });
  const settings = { handshake: "accept" };

  it("is kept, and sent back, by a source that has none and expects one", async () => {
    const answer = await answered("asana", asked("X-Hook-Secret", sent), settings, { secrets: [] });
    assert.equal(answer.secretToKeep, sent);
    assert.deepEqual([answer.status, answer.headers.slice(0, 2)], [200, ["x-hook-secret", sent]]);
  });

  it("is not taken by a source that has one, or that does not say that it expects one", async () => {
    await refused("handshake_refused", "asana", asked("X-Hook-Secret", sent), settings);
    await refused("handshake_refused", "asana", asked("X-Hook-Secret", sent), {}, { secrets: [] });
    const withToken = { ...settings, token: "a-token" };
    await refused("handshake_refused", "asana", asked("X-Hook-Secret", sent), withToken, { secrets: [] });
    await refused("secret_missing", "asana", asked("X-Hook-Signature", sent), settings, { secrets: [] });
  });

  it("is not taken where it is none, or there are two", async () => {
    for (const text of ["", "short", "a b".repeat(10), `${sent}\r\nx: y`, "ä".repeat(20), "x".repeat(257)]) {
      await refused("handshake_refused", "asana", asked("X-Hook-Secret", text), settings, { secrets: [] });
    }
    const twice = asked("X-Hook-Secret", sent, "x-hook-secret", sent);
    await refused("handshake_refused", "asana", twice, settings, { secrets: [] });
  });
});

describe("the number of a webhook that WooCommerce just made", () => {
  const asked = (body: string, query = "token=a-token", headers: string[] = []) =>
    aRequest({ method: "POST", query, body: Buffer.from(body), headers });
  const settings = { token: "a-token" };

  it("is answered where the URL has the source's token, or the source accepts it", async () => {
    assert.equal(textOf(await answered("woocommerce", asked("webhook_id=17"), settings)), "");
    assert.equal(textOf(await answered("woocommerce", asked("webhook_id=17", ""), { handshake: "accept" })), "");
    await refused("handshake_refused", "woocommerce", asked("webhook_id=17", ""), settings);
    await refused("handshake_refused", "woocommerce", asked("webhook_id=17"));
  });

  it("is nothing else that comes without a signature, and nothing that has one", async () => {
    for (const body of ["webhook_id=17&id=1", "webhook_id=x", '{"id":17}', "", `webhook_id=${"1".repeat(40)}`]) {
      await refused("signature_missing", "woocommerce", asked(body), settings);
    }
    const signed = asked("webhook_id=17", undefined, ["X-WC-Webhook-Signature", "AAAA"]);
    await refused("signature_mismatch", "woocommerce", signed, settings);
  });
});

describe("permission to send CloudEvents", () => {
  const asked = (query: string, ...headers: string[]) => aRequest({ method: "OPTIONS", query, headers });
  const origin = ["WebHook-Request-Origin", "eventemitter.example.com"];

  it("is given to the source's origins, at the source's rate, with the source's token", async () => {
    const settings = { origins: "other.example.com, EventEmitter.example.com", rate: "120" };
    const request = asked(`access_token=${secret}`, ...origin, "WebHook-Request-Rate", "9999");
    const { status, headers, body } = await answered("cloudevents", request, settings);
    assert.deepEqual([status, body], [200, ""]);
    assert.deepEqual(headers.slice(0, 4), [
      "webhook-allowed-origin",
      "eventemitter.example.com",
      "webhook-allowed-rate",
      "120",
    ]);
    await refused("handshake_refused", "cloudevents", request, { origins: "other.example.com" });
    await refused("handshake_refused", "cloudevents", request, {});
    await refused("handshake_refused", "cloudevents", asked(`access_token=${secret}`), settings);
    await refused("handshake_refused", "cloudevents", asked(`access_token=${secret}`, ...origin, ...origin), settings);
    await refused("signature_mismatch", "cloudevents", asked("access_token=other", ...origin), settings);
    await refused("signature_missing", "cloudevents", asked("", ...origin), settings);
  });

  it("is given without a token where the source says so, and no URL that the sender names is called", async () => {
    const settings = { origins: "eventemitter.example.com", handshake: "accept" };
    const callback = ["WebHook-Request-Callback", "http://169.254.169.254/"];
    const answer = await answered("cloudevents", asked("", ...origin, ...callback), settings);
    assert.deepEqual(answer.headers.slice(2, 4), ["webhook-allowed-rate", "*"]);
    await refused("signature_mismatch", "cloudevents", asked("access_token=other", ...origin), settings);
  });
});

describe("a handshake of Event Grid", () => {
  const validation = (validationCode: unknown, query = `token=${secret}`) =>
    aRequest({
      query,
      headers: ["aeg-event-type", "SubscriptionValidation"],
      json: [{ data: { validationCode, validationUrl: "http://169.254.169.254/" } }],
    });

  it("repeats the code to whoever has the secret, and fetches no URL", async () => {
    const code = "512d38b6-c7b8-40c8-89fe-f46f9e9622b6";
    assert.deepEqual(jsonOf(await answered("event-grid", validation(code))), { validationResponse: code });
    await refused("signature_missing", "event-grid", validation(code, ""));
    await refused("signature_mismatch", "event-grid", validation(code, "token=other"));
    for (const other of [...hostile, 7, undefined]) await refused("handshake_refused", "event-grid", validation(other));
  });

  it("gives permission to Event Grid, or to the origins that are named", async () => {
    const asked = (from: string) =>
      aRequest({ method: "OPTIONS", query: `token=${secret}`, headers: ["WebHook-Request-Origin", from] });
    await answered("event-grid", asked("eventgrid.azure.net"));
    await refused("handshake_refused", "event-grid", asked("evil.com"));
    await refused("handshake_refused", "event-grid", asked("eventgrid.azure.net"), { origins: "a.b" });
    await answered("event-grid", asked("a.b"), { origins: "a.b" });
  });
});

describe("a subscription to a topic of Amazon SNS", () => {
  const topic = "arn:aws:sns:us-east-1:123456789012:orders";
  const good = `https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${"2336412f37".repeat(10)}`;

  async function asked(subscribeUrl: string, settings: Settings, confirm: () => Promise<string> = async () => "") {
    const { signer } = schemeNamed("aws-sns");
    const key = signer!.makeSecret(() => new Uint8Array(32));
    const json = { Message: "m", Token: "t", SubscribeURL: subscribeUrl };
    const draft = { ...aRequest({ json }), deliveryId: "m-1", type: "SubscriptionConfirmation" };
    const request = signer!.sign(draft, { signingKey: key.signingKey, nowMs, settings: { topic_arn: topic } });
    const fetched: string[] = [];
    const fetchText = async (url: string) => {
      if (url.endsWith(".pem")) return key.secret;
      fetched.push(url);
      return confirm();
    };
    const judgement = await judged("aws-sns", request, { topic_arn: topic, ...settings }, { secrets: [], fetchText });
    return { judgement, fetched };
  }

  const wanted = { confirm_subscription: "true" };

  it("is confirmed where the source says so; else its confirmation is an event", async () => {
    const { judgement, fetched } = await asked(good, wanted);
    assert.equal(judgement.kind, "handshake");
    assert.deepEqual(fetched, [
      good.replaceAll("arn:aws:sns:us-east-1:123456789012:", encodeURIComponent("arn:aws:sns:us-east-1:123456789012:")),
    ]);
    const left = await asked(good, {});
    assert.deepEqual([left.judgement.kind, left.fetched], ["verified", []]);
    const failed = await asked(good, wanted, () => Promise.reject(new Error("no route")));
    assert.equal(failed.judgement.kind === "refused" && failed.judgement.refusal.reason, "provider_unavailable");
  });

  it("is not confirmed anywhere but at SNS, nor for another topic, nor by another action", async () => {
    const host = "sns.us-east-1.amazonaws.com";
    for (const url of [
      good.replace("https:", "http:"),
      good.replace(host, `${host}.evil.com`),
      good.replace(host, `evil.com/${host}`),
      good.replace(host, `${host}@evil.com`),
      good.replace(host, `evil.com@${host}`),
      good.replace(host, `${host}:8443`),
      good.replace(host, "169.254.169.254"),
      good.replace(host, "s3.us-east-1.amazonaws.com"),
      good.replace("/?", "/latest/?"),
      good.replace("ConfirmSubscription", "DeleteTopic"),
      good.replace(topic, `${topic}2`),
      `${good}&Action=DeleteTopic`,
      good.replace("Token=", "Token=%26Action=DeleteTopic"),
      good.replace(/Token=.*/, ""),
      "",
    ]) {
      const { judgement, fetched } = await asked(url, wanted);
      assert.equal(judgement.kind === "refused" && judgement.refusal.reason, "handshake_refused", url);
      assert.deepEqual(fetched, []);
    }
  });
});
