/** Libraries of Stripe, GitHub and Standard Webhooks against our schemes, both ways; more are in test/oracles. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { sign as signGitHub, verify as verifyGitHub } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { github } from "../../src/inbound/schemes/github.ts";
import type { Scheme } from "../../src/inbound/schemes/scheme.ts";
import { standardWebhooks } from "../../src/inbound/schemes/standard-webhooks.ts";
import { stripe } from "../../src/inbound/schemes/stripe.ts";
import { aDraft, aSignedRequest, bodyText, verdictOf } from "./a-signed-request.ts";
import { headerOf } from "./header-of.ts";

/** What was changed since, by its name: nobody may believe it. */
const bodies: Readonly<Record<string, string>> = {
  "a space behind it": `${bodyText} `,
  "a byte-order mark before it": `\ufeff${bodyText}`,
  "its numbers read and written again": JSON.stringify(JSON.parse(bodyText)),
  "nothing of it": "",
};

const now = Math.floor(Date.now() / 1000) * 1000;
const context = (secret: string) => ({ secrets: [secret], settings: {}, nowMs: now, fetchText: async () => "" });

const believes = async (scheme: Scheme, secret: string, headers: string[], body: string): Promise<boolean> =>
  (await verdictOf(scheme, { request: { ...aDraft({ body: Buffer.from(body) }), headers }, context: context(secret) }))
    .ok;

const doesNotThrow = (run: () => unknown): boolean => {
  try {
    run();
    return true;
  } catch {
    return false;
  }
};

describe("Stripe's library", () => {
  const stripeClient = new Stripe("sk_test_none");
  const verifies = (body: string, header: string, secret: string): boolean =>
    doesNotThrow(() => stripeClient.webhooks.constructEvent(body, header, secret));

  it("signs what we believe, and nothing else that it signs", async () => {
    const secret = `whsec_${randomBytes(24).toString("hex")}`;
    const timestamp = now / 1000;
    const header = stripeClient.webhooks.generateTestHeaderString({ payload: bodyText, secret, timestamp });
    const headers = (value: string) => ["Stripe-Signature", value];
    assert.ok(await believes(stripe, secret, headers(header), bodyText));
    for (const [what, body] of Object.entries(bodies)) {
      assert.ok(!(await believes(stripe, secret, headers(header), body)), what);
    }
    const otherwise = { payload: bodyText, secret, timestamp };
    for (const value of [
      stripeClient.webhooks.generateTestHeaderString({ ...otherwise, scheme: "v0" }),
      stripeClient.webhooks.generateTestHeaderString({ ...otherwise, timestamp: timestamp - 301 }),
      stripeClient.webhooks.generateTestHeaderString({ ...otherwise, secret: "whsec_other" }),
    ]) {
      assert.ok(!(await believes(stripe, secret, headers(value), bodyText)), value);
      assert.ok(!verifies(bodyText, value, secret), value);
    }
  });

  it("believes what we sign, and not what was changed since", () => {
    const { secret, signingKey } = stripe.signer!.makeSecret(randomBytes);
    const request = stripe.signer!.sign(aDraft(), { signingKey, nowMs: now, settings: {} });
    const header = headerOf(request, "stripe-signature");
    const body = Buffer.from(request.body).toString();
    assert.ok(verifies(body, header, secret));
    assert.ok(!verifies(`${body} `, header, secret));
    assert.ok(!verifies(body, header, "whsec_other"));
  });

  it("believes a signature among several, as we do", async () => {
    const secret = "whsec_a";
    const timestamp = now / 1000;
    const one = stripeClient.webhooks.generateTestHeaderString({ payload: bodyText, secret, timestamp });
    const many = one.replace(",v1=", `,v1=${"0".repeat(64)},v0=${"1".repeat(64)},v1=`);
    assert.ok(verifies(bodyText, many, secret));
    assert.ok(await believes(stripe, secret, ["Stripe-Signature", many], bodyText));
  });
});

describe("GitHub's library", () => {
  it("signs what we believe, and nothing else", async () => {
    const secret = randomBytes(20).toString("hex");
    const headers = ["X-Hub-Signature-256", await signGitHub(secret, bodyText)];
    assert.ok(await believes(github, secret, headers, bodyText));
    assert.ok(!(await believes(github, "another secret", headers, bodyText)));
    for (const [what, body] of Object.entries(bodies))
      assert.ok(!(await believes(github, secret, headers, body)), what);
  });

  it("believes what we sign, and not what was changed since", async () => {
    const { request, secret } = aSignedRequest(github);
    const signature = headerOf(request, "x-hub-signature-256");
    assert.ok(await verifyGitHub(secret, bodyText, signature));
    assert.ok(!(await verifyGitHub(secret, `${bodyText} `, signature)));
    assert.ok(!(await verifyGitHub(secret, bodyText, signature.slice(0, -1))));
  });
});

describe("the library of Standard Webhooks", () => {
  it("signs what we believe, and nothing else", async () => {
    const { secret } = standardWebhooks.signer!.makeSecret(randomBytes);
    const headers = (signature: string) => [
      ...["webhook-id", "msg_1"],
      ...["webhook-timestamp", String(now / 1000)],
      ...["webhook-signature", signature],
    ];
    const signature = new Webhook(secret).sign("msg_1", new Date(now), bodyText);
    assert.ok(await believes(standardWebhooks, secret, headers(signature), bodyText));
    for (const [what, body] of Object.entries(bodies)) {
      assert.ok(!(await believes(standardWebhooks, secret, headers(signature), body)), what);
    }
    const late = new Webhook(secret).sign("msg_1", new Date(now - 1000), bodyText);
    const other = new Webhook(secret).sign("msg_2", new Date(now), bodyText);
    for (const wrong of [late, other]) {
      assert.ok(!(await believes(standardWebhooks, secret, headers(wrong), bodyText)));
    }
  });

  it("believes what we sign, and not what was changed since", () => {
    const { secret, signingKey } = standardWebhooks.signer!.makeSecret(randomBytes);
    const request = standardWebhooks.signer!.sign(aDraft(), { signingKey, nowMs: now, settings: {} });
    const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    const headers = Object.fromEntries(names.map((name) => [name, headerOf(request, name)]));
    const body = Buffer.from(request.body).toString();
    const verifies = (changed: string, by: string) => doesNotThrow(() => new Webhook(by).verify(changed, headers));
    assert.ok(verifies(body, secret));
    assert.ok(!verifies(`${body} `, secret));
    assert.ok(!verifies(body, standardWebhooks.signer!.makeSecret(randomBytes).secret));
  });
});
