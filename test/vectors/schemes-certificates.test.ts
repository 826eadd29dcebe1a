/** Schemes whose keys are fetched: only from where the provider's are, and only such keys as are the provider's. */
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { describe, it } from "node:test";
import { awsSns } from "../../src/inbound/schemes/aws-sns.ts";
import { googlePubsub } from "../../src/inbound/schemes/google-pubsub.ts";
import { paypal } from "../../src/inbound/schemes/paypal.ts";
import type { Scheme, SchemeRequest, VerifyContext } from "../../src/inbound/schemes/scheme.ts";
import { selfSigned } from "../../src/inbound/schemes/self-signed.ts";
import { aDraft, assertRefused, nowMs, type SignedRequest, verdictOf, withHeader } from "./a-signed-request.ts";

const topic = "arn:aws:sns:us-east-1:123456789012:orders";

/** With what is fetched noted, and the settings given. */
function aRequest(scheme: Scheme, settings: Record<string, string>, body = '{"Message":"hello"}') {
  const signer = scheme.signer!;
  const { secret, signingKey } = signer.makeSecret(() => new Uint8Array(32));
  const fetched: string[] = [];
  const context: VerifyContext = {
    secrets: [],
    settings,
    nowMs,
    fetchText: async (url) => {
      fetched.push(url);
      return secret;
    },
  };
  const request = signer.sign(aDraft({ body: Buffer.from(body) }), { signingKey, nowMs, settings });
  return { request, context, fetched, signingKey, secret };
}

const withBody = (
  tried: Pick<SignedRequest, "request" | "context">,
  change: (said: Record<string, unknown>) => object,
) => ({
  ...tried,
  request: {
    ...tried.request,
    body: Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(tried.request.body).toString())))),
  },
});

const withFetched = (context: VerifyContext, fetchText: VerifyContext["fetchText"]): VerifyContext => ({
  ...context,
  fetchText,
});

/** What is not the provider's host, in the ways that have fooled others. */
const foreign = (good: string, host: string): string[] => [
  good.replace("https:", "http:"),
  good.replace("https:", "HTTPS:"),
  good.replace(host, `${host}.evil.com`),
  good.replace(host, `evil.com/${host}`),
  good.replace(host, `evil-${host}`),
  good.replace(host, `${host}@evil.com`),
  good.replace(host, `evil.com@${host}`),
  good.replace(host, `evil.com#@${host}`),
  good.replace(host, `evil.com?@${host}`),
  good.replace(host, `evil.com\\@${host}`),
  good.replace(host, `${host}:8443`),
  good.replace(host, `${host}:443`),
  good.replace(host, `${host}.`),
  good.replace(host, `${host}%2eevil.com`),
  good.replace(host, host.replace("a", "а")),
  good.replace(host, "127.0.0.1"),
  good.replace(host, "[::1]"),
  good.replace(host, "169.254.169.254"),
  `${good}?x=1`,
  `${good}#x`,
  `${good}\n`,
  ` ${good}`,
  good.replace("//", "/"),
  good.replace("https://", "https:\\\\"),
  `${good}/../../admin`,
  "",
];

describe("a message of Amazon SNS", () => {
  it("is believed with both signatures that SNS has, of the source's topic", async () => {
    for (const version of ["1", "2"]) {
      const tried = aRequest(awsSns, { topic_arn: topic, signature_version: version });
      assert.ok((await verdictOf(awsSns, tried)).ok);
      const { signature_version: _, ...any } = tried.context.settings;
      assert.ok((await verdictOf(awsSns, { ...tried, context: { ...tried.context, settings: any } })).ok);
      assert.match(
        tried.fetched[0] ?? "",
        /^https:\/\/sns\.us-east-1\.amazonaws\.com\/SimpleNotificationService-0+\.pem$/,
      );
    }
  });

  it("is believed with a subject, and without one that is null", async () => {
    for (const subject of [{ Subject: "a\nb" }, { Subject: null }, {}]) {
      const tried = aRequest(awsSns, { topic_arn: topic }, JSON.stringify({ Message: "hello", ...subject }));
      assert.ok((await verdictOf(awsSns, tried)).ok);
    }
  });

  it("is not believed with a subject that is no text, where none was signed, nor with anything behind its end", async () => {
    const tried = aRequest(awsSns, { topic_arn: topic }, '{"Message":"hello"}');
    const withSubject = withBody(tried, (said) => ({ ...said, Subject: 1 }));
    await assertRefused(awsSns, withSubject, ["body_unreadable"]);
    for (const behind of ["x", "{}", "\0"]) {
      const body = Buffer.concat([tried.request.body, Buffer.from(behind)]);
      await assertRefused(awsSns, { ...tried, request: { ...tried.request, body } }, ["body_unreadable"]);
    }
  });

  it("is not believed when a member that is signed was changed, left out, or is no text", async () => {
    for (const name of ["Message", "MessageId", "Subject", "Timestamp"]) {
      const tried = aRequest(awsSns, { topic_arn: topic }, '{"Message":"hello","Subject":"x"}');
      const reasons = ["signature_mismatch", "body_unreadable"] as const;
      await assertRefused(
        awsSns,
        withBody(tried, (said) => ({ ...said, [name]: "other" })),
        reasons,
      );
      await assertRefused(
        awsSns,
        withBody(tried, (said) => ({ ...said, [name]: 1 })),
        reasons,
      );
      await assertRefused(
        awsSns,
        withBody(tried, ({ [name]: _, ...said }) => said),
        reasons,
      );
    }
  });

  it("is not believed of another topic, whose signature is as good, and nothing is fetched for it", async () => {
    const tried = aRequest(awsSns, { topic_arn: `${topic}-of-others` });
    const context = { ...tried.context, settings: { topic_arn: topic } };
    await assertRefused(awsSns, { ...tried, context }, ["signature_mismatch"]);
    await assertRefused(awsSns, { ...tried, context: { ...context, settings: {} } }, ["secret_missing"]);
    assert.deepEqual(tried.fetched, []);
  });

  it("is not believed by another signature than SNS has, nor by SHA-1 where the source wants SHA-256", async () => {
    const tried = aRequest(awsSns, { topic_arn: topic });
    for (const version of ["3", "0", "", 1, null, "constructor", "sha1"]) {
      await assertRefused(
        awsSns,
        withBody(tried, (said) => ({ ...said, SignatureVersion: version })),
        ["signature_malformed"],
      );
    }
    const strict = { ...tried.context, settings: { topic_arn: topic, signature_version: "2" } };
    await assertRefused(awsSns, { ...tried, context: strict }, ["signature_malformed"]);
    await assertRefused(
      awsSns,
      withBody(tried, (said) => ({ ...said, SignatureVersion: "2" })),
      ["signature_mismatch"],
    );
  });

  it("is not believed, and nothing fetched, where its certificate is not at SNS", async () => {
    const tried = aRequest(awsSns, { topic_arn: topic });
    const good = `https://sns.us-east-1.amazonaws.com/SimpleNotificationService-${"0".repeat(32)}.pem`;
    const urls = [
      ...foreign(good, "sns.us-east-1.amazonaws.com"),
      good.replace("sns.us-east-1.", "s3.us-east-1."),
      good.replace("us-east-1.", "us-east-1.evil."),
      good.replace("amazonaws.com", "amazonaws.com.evil"),
      good.replace("amazonaws.com", "amazonaws.org"),
      good.replace("SimpleNotificationService-", "evil-"),
      good.replace("/SimpleNotificationService", "/../SimpleNotificationService"),
    ];
    for (const url of [...urls, null, 7, [good]]) {
      await assertRefused(
        awsSns,
        withBody(tried, (said) => ({ ...said, SigningCertURL: url })),
        ["certificate_refused"],
      );
    }
    assert.deepEqual(tried.fetched, []);
    const china = good.replace("us-east-1.amazonaws.com", "cn-north-1.amazonaws.com.cn");
    assert.ok(
      (
        await verdictOf(
          awsSns,
          withBody(tried, (said) => ({ ...said, SigningCertURL: china })),
        )
      ).ok,
    );
  });

  it("is not believed by a certificate for another name, of another time, of a small key, or that is none", async () => {
    const tried = aRequest(awsSns, { topic_arn: topic });
    const { certificate } = selfSigned("sns.us-east-1.amazonaws.com.evil.com");
    for (const text of [
      certificate,
      "",
      "not PEM",
      createPublicKey(tried.signingKey).export({ type: "spki", format: "pem" }).toString(),
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
      tried.secret.repeat(6),
      tried.secret + certificate,
    ]) {
      const context = withFetched(tried.context, async () => text);
      await assertRefused(awsSns, { ...tried, context }, ["certificate_refused"]);
    }
    const later = { ...tried.context, nowMs: Date.UTC(2100, 0, 2) };
    await assertRefused(awsSns, { ...tried, context: later }, ["certificate_refused"]);
    const other = selfSigned("sns.us-east-1.amazonaws.com").certificate;
    await assertRefused(awsSns, { ...tried, context: withFetched(tried.context, async () => other) }, [
      "signature_mismatch",
    ]);
  });

  it("is to be sent again where its certificate cannot be had just now", async () => {
    const tried = aRequest(awsSns, { topic_arn: topic });
    const context = withFetched(tried.context, () => Promise.reject(new Error("no route")));
    await assertRefused(awsSns, { ...tried, context }, ["provider_unavailable"]);
  });

  it("is not believed where the topic delivers raw: nothing is signed then", async () => {
    const { request, context } = aRequest(awsSns, { topic_arn: topic });
    for (const body of ["hello", "[]", '"x"', "{}"]) {
      const raw = { request: { ...request, body: Buffer.from(body) }, context };
      await assertRefused(awsSns, raw, ["body_unreadable", "signature_missing"]);
    }
  });
});

describe("a delivery by PayPal", () => {
  const settings = { webhook_id: "1JE4291016473214C" };

  it("is believed of the source's webhook and environment alone", async () => {
    const tried = aRequest(paypal, settings, "{}");
    assert.ok((await verdictOf(paypal, tried)).ok);
    assert.deepEqual(tried.fetched, ["https://api.paypal.com/v1/notifications/certs/CERT-0"]);
    const other = { ...tried.context, settings: { webhook_id: "8PT597110X687430LKGECATA" } };
    await assertRefused(paypal, { ...tried, context: other }, ["signature_mismatch"]);
    await assertRefused(paypal, { ...tried, context: { ...other, settings: {} } }, ["secret_missing"]);
    const sandbox = { ...settings, environment: "sandbox" };
    assert.ok((await verdictOf(paypal, aRequest(paypal, sandbox, "{}"))).ok);
    const crossed = { ...aRequest(paypal, sandbox, "{}"), context: { ...tried.context, settings } };
    await assertRefused(paypal, crossed, ["certificate_refused"]);
  });

  it("is believed for as long as PayPal sends it again, and not when somebody else does later", async () => {
    const tried = aRequest(paypal, settings, "{}");
    const after = (days: number) => ({
      ...tried,
      context: { ...tried.context, nowMs: nowMs + days * 24 * 3_600_000 },
    });
    assert.ok((await verdictOf(paypal, after(3))).ok);
    await assertRefused(paypal, after(4.1), ["timestamp_stale"]);
    await assertRefused(paypal, after(-4.1), ["timestamp_future"]);
  });

  it("is not believed with another body, id or time, or by another algorithm", async () => {
    const tried = aRequest(paypal, settings, "{}");
    const { request } = tried;
    const longer = { ...request, body: Buffer.concat([request.body, Buffer.from(" ")]) };
    await assertRefused(paypal, { ...tried, request: longer }, ["signature_mismatch"]);
    const changed = (name: string, value: string): SchemeRequest => withHeader(request, name, () => [value]);
    for (const [name, value] of [
      ["PAYPAL-TRANSMISSION-ID", "other"],
      ["PAYPAL-TRANSMISSION-TIME", "2026-01-31T12:00:01Z"],
    ] as const) {
      await assertRefused(paypal, { ...tried, request: changed(name, value) }, ["signature_mismatch"]);
    }
    for (const algorithm of ["SHA1withRSA", "none", "", "sha256withrsa"]) {
      const otherwise = changed("PAYPAL-AUTH-ALGO", algorithm);
      await assertRefused(paypal, { ...tried, request: otherwise }, ["signature_malformed"]);
    }
    for (const name of request.headers.filter((text) => /^PAYPAL/.test(text))) {
      const twice = withHeader(request, name, (value) => [value, value]);
      await assertRefused(paypal, { ...tried, request: twice }, ["signature_repeated"]);
      const missing = withHeader(request, name, () => []);
      await assertRefused(paypal, { ...tried, request: missing }, ["signature_missing", "timestamp_missing"]);
    }
  });

  it("is not believed, and nothing fetched, where its certificate is not at PayPal", async () => {
    const tried = aRequest(paypal, settings, "{}");
    const good = "https://api.paypal.com/v1/notifications/certs/CERT-0";
    const urls = [...foreign(good, "api.paypal.com"), good.replace("/v1/notifications/certs/", "/v1/files/")];
    for (const url of [...urls, good.replace("api.", "www."), good.replace("api.", "evil.api.")]) {
      const request = withHeader(tried.request, "PAYPAL-CERT-URL", () => [url]);
      await assertRefused(paypal, { ...tried, request }, ["certificate_refused"]);
    }
    assert.deepEqual(tried.fetched, []);
    const { certificate } = selfSigned("paypal.com.evil.com");
    const context = withFetched(tried.context, async () => certificate);
    await assertRefused(paypal, { ...tried, context }, ["certificate_refused"]);
  });
});

describe("a push by Google Pub/Sub", () => {
  const settings = { audience: "https://example.com/in/a", email: "push@project.iam.gserviceaccount.com" };

  it("is believed for the hour that its token holds, and some minutes on either side", async () => {
    const tried = aRequest(googlePubsub, settings);
    const at = (offsetMs: number) => ({ ...tried, context: { ...tried.context, nowMs: nowMs + offsetMs } });
    for (const offsetMs of [0, -300_000, 3_600_000, 3_900_000])
      assert.ok((await verdictOf(googlePubsub, at(offsetMs))).ok);
    await assertRefused(googlePubsub, at(3_902_000), ["timestamp_stale"]);
    await assertRefused(googlePubsub, at(-302_000), ["timestamp_future"]);
    assert.deepEqual(new Set(tried.fetched), new Set(["https://www.googleapis.com/oauth2/v3/certs"]));
  });

  it("is not believed for another audience or account, whose token is as good", async () => {
    for (const name of ["audience", "email"]) {
      const tried = aRequest(googlePubsub, { ...settings, [name]: "other" });
      await assertRefused(googlePubsub, { ...tried, context: { ...tried.context, settings } }, ["signature_mismatch"]);
      await assertRefused(googlePubsub, { ...tried, context: { ...tried.context, settings: {} } }, [
        "signature_mismatch",
      ]);
    }
  });

  it("is not believed by an algorithm that the token chooses, nor by another key", async () => {
    const tried = aRequest(googlePubsub, settings);
    const token = (change: (parts: string[]) => string[]) => ({
      ...tried,
      request: withHeader(tried.request, "Authorization", (value) => [
        change(value.split(/[ .]/)).join(".").replace(".", " "),
      ]),
    });
    const head = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    for (const alg of ["none", "HS256", "RS512", "ES256", ""]) {
      const changed = token(([word = "", , claims = "", signature = ""]) => [
        word,
        head({ alg, kid: "1" }),
        claims,
        signature,
      ]);
      await assertRefused(googlePubsub, changed, ["signature_malformed"]);
    }
    const unknown = token(([word = "", , claims = "", end = ""]) => [
      word,
      head({ alg: "RS256", kid: "2" }),
      claims,
      end,
    ]);
    await assertRefused(googlePubsub, unknown, ["certificate_refused"]);
    await assertRefused(
      googlePubsub,
      token(([word = "", a = "", b = ""]) => [word, a, b, ""]),
      ["signature_malformed"],
    );
    await assertRefused(
      googlePubsub,
      token(([word = "", a = "", b = "", c = ""]) => [word, a, b, `${c}A`]),
      ["signature_malformed", "signature_mismatch"],
    );
    const other = aRequest(googlePubsub, settings).secret;
    await assertRefused(googlePubsub, { ...tried, context: withFetched(tried.context, async () => other) }, [
      "signature_mismatch",
    ]);
    const context = withFetched(tried.context, () => Promise.reject(new Error("no route")));
    await assertRefused(googlePubsub, { ...tried, context }, ["provider_unavailable"]);
  });
});
