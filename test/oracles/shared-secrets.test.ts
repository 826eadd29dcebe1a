/**
 * Providers' own libraries against our schemes with shared secrets. What they sign (or what is put together here as
 * their pages say, where they only verify) both believe; what we sign they believe; what was changed since, nobody.
 */
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import "@shopify/shopify-api/adapters/node";
import { validateSignature } from "@line/bot-sdk";
import { LinearWebhookClient } from "@linear/sdk/webhooks";
import { Webhooks as GitHubWebhooks } from "@octokit/webhooks";
import { Paddle } from "@paddle/paddle-node-sdk";
import { ApiVersion, shopifyApi } from "@shopify/shopify-api";
import { createSHA256HMAC, HashFormat } from "@shopify/shopify-api/runtime";
import bolt from "@slack/bolt";
import { Bot, webhookCallback } from "grammy";
import Razorpay from "razorpay";
import { WebhooksHelper } from "square";
import { Webhook as SvixWebhook } from "svix";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { Scheme, SchemeRequest } from "../../src/inbound/schemes/scheme.ts";
import { aDraft, verdictOf } from "../vectors/a-signed-request.ts";

const now = Math.floor(Date.now() / 1000) * 1000;
const url = "https://hooks.example.com/in/shop";

interface Tried {
  readonly body: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string;
}

interface Oracle {
  readonly preset: string;
  /** Theirs where `isTheirs`; else as their page says. */
  sign(body: string, secret: string): Record<string, string> | Promise<Record<string, string>>;
  readonly isTheirs?: boolean;
  /** Whether theirs believes it. It may throw. */
  believes(tried: Tried): unknown;
  readonly body?: string;
  /** Where the signature is. */
  readonly signature: string;
}

const hmac = (secret: string, encoding: "hex" | "base64", ...parts: string[]): string =>
  createHmac("sha256", secret).update(parts.join("")).digest(encoding);

const ordinary = '{"id":"evt_1","type":"order.paid","data":{"n":12345678901234567890,"name":"Łukasz 😀"}}';

const shopify = shopifyApi({
  apiKey: "key",
  apiSecretKey: "set for each",
  apiVersion: Object.values(ApiVersion)[0] as ApiVersion,
  hostName: "example.com",
  isEmbeddedApp: false,
  logger: { log: () => undefined },
});

/** A request as the Node adapter has it. */
const nodeRequest = ({ body, headers }: Tried) =>
  Object.assign(Readable.from([body]), { method: "POST", url: "/", headers });

const telegramBot = (): Bot =>
  new Bot("1:a", {
    botInfo: { id: 1, is_bot: true, first_name: "a", username: "a_bot" } as never,
  });

const oracles: readonly Oracle[] = [
  {
    preset: "github",
    signature: "x-hub-signature-256",
    isTheirs: true,
    sign: async (body, secret) => ({ "x-hub-signature-256": await new GitHubWebhooks({ secret }).sign(body) }),
    believes: ({ body, headers, secret }) =>
      new GitHubWebhooks({ secret }).verify(body, headers["x-hub-signature-256"] ?? ""),
  },
  {
    preset: "svix",
    signature: "svix-signature",
    isTheirs: true,
    sign: (body, secret) => ({
      "svix-id": "msg_1",
      "svix-timestamp": String(now / 1000),
      "svix-signature": new SvixWebhook(secret).sign("msg_1", new Date(now), body),
    }),
    believes: ({ body, headers, secret }) => {
      new SvixWebhook(secret).verify(body, headers);
      return true;
    },
  },
  {
    preset: "shopify",
    signature: "x-shopify-hmac-sha256",
    isTheirs: true,
    sign: async (body, secret) => ({
      "x-shopify-hmac-sha256": await createSHA256HMAC(secret, body, HashFormat.Base64),
      "x-shopify-topic": "orders/create",
      "x-shopify-shop-domain": "a.myshopify.com",
      "x-shopify-api-version": "2026-01",
      "x-shopify-webhook-id": "5a3c1e7a",
    }),
    believes: async (tried) => {
      shopify.config.apiSecretKey = tried.secret;
      const { valid, ...found } = await shopify.webhooks.validate({
        rawBody: tried.body,
        rawRequest: nodeRequest(tried),
        rawResponse: {},
      } as never);
      // What it says of headers that are none of the signature's is not asked.
      return valid || ("reason" in found && found.reason === "missing_headers");
    },
  },
  {
    preset: "slack",
    signature: "x-slack-signature",
    sign: (body, secret) => ({
      "x-slack-request-timestamp": String(now / 1000),
      "x-slack-signature": `v0=${hmac(secret, "hex", `v0:${now / 1000}:`, body)}`,
    }),
    believes: ({ body, headers, secret }) =>
      bolt.isValidSlackRequest({
        body,
        signingSecret: secret,
        headers: {
          "x-slack-signature": headers["x-slack-signature"] ?? "",
          "x-slack-request-timestamp": Number(headers["x-slack-request-timestamp"]),
        },
      }),
  },
  {
    preset: "linear",
    signature: "linear-signature",
    body: `{"action":"create","type":"Issue","webhookTimestamp":${now}}`,
    sign: (body, secret) => ({ "linear-signature": hmac(secret, "hex", body) }),
    believes: ({ body, headers, secret }) =>
      new LinearWebhookClient(secret).verify(Buffer.from(body), headers["linear-signature"] ?? ""),
  },
  {
    preset: "paddle",
    signature: "paddle-signature",
    sign: (body, secret) => {
      // It takes nothing older than five seconds.
      const seconds = Math.floor(Date.now() / 1000);
      return { "paddle-signature": `ts=${seconds};h1=${hmac(secret, "hex", `${seconds}:`, body)}` };
    },
    believes: ({ body, headers, secret }) =>
      new Paddle("key").webhooks.isSignatureValid(body, secret, headers["paddle-signature"] ?? ""),
  },
  {
    preset: "razorpay",
    signature: "x-razorpay-signature",
    sign: (body, secret) => ({ "x-razorpay-signature": hmac(secret, "hex", body) }),
    believes: ({ body, headers, secret }) =>
      Razorpay.validateWebhookSignature(body, headers["x-razorpay-signature"] ?? "", secret),
  },
  {
    preset: "line",
    signature: "x-line-signature",
    body: '{"destination":"U1","events":[{"type":"message","webhookEventId":"01F","timestamp":1}]}',
    sign: (body, secret) => ({ "x-line-signature": hmac(secret, "base64", body) }),
    believes: ({ body, headers, secret }) => validateSignature(body, secret, headers["x-line-signature"] ?? ""),
  },
  {
    preset: "square",
    signature: "x-square-hmacsha256-signature",
    sign: (body, secret) => ({ "x-square-hmacsha256-signature": hmac(secret, "base64", url, body) }),
    believes: ({ body, headers, secret }) =>
      WebhooksHelper.verifySignature({
        requestBody: body,
        signatureHeader: headers["x-square-hmacsha256-signature"] ?? "",
        signatureKey: secret,
        notificationUrl: url,
      }),
  },
  {
    preset: "telegram",
    signature: "x-telegram-bot-api-secret-token",
    body: '{"update_id":7,"poll_answer":{}}',
    sign: (_body, secret) => ({ "x-telegram-bot-api-secret-token": secret }),
    believes: async ({ body, headers, secret }) => {
      const handle = webhookCallback(telegramBot(), "std/http", { secretToken: secret });
      return (await handle(new Request(url, { method: "POST", headers, body }))).ok;
    },
  },
];

const schemeOf = (name: string): Scheme => presets.get(name) ?? assert.fail(name);

const requestOf = ({ body, headers }: Tried): SchemeRequest => ({
  method: "POST",
  url,
  headers: Object.entries(headers).flat(),
  body: Buffer.from(body),
});

const weBelieve = async (scheme: Scheme, tried: Tried): Promise<boolean> => {
  const context = { secrets: [tried.secret], settings: {}, nowMs: Date.now(), fetchText: async () => "" };
  return (await verdictOf(scheme, { request: requestOf(tried), context })).ok;
};

async function theyBelieve(oracle: Oracle, tried: Tried): Promise<boolean> {
  try {
    return (await oracle.believes(tried)) === true;
  } catch {
    return false;
  }
}

/** What was changed, by its name. */
function changed(oracle: Oracle, tried: Tried, otherSecret: string): Record<string, Tried> {
  const { headers, body } = tried;
  const value = headers[oracle.signature] ?? "";
  const signed = (text: string): Tried => ({ ...tried, headers: { ...headers, [oracle.signature]: text } });
  const bodies =
    oracle.preset === "telegram"
      ? {}
      : { "a longer body": { ...tried, body: `${body} ` }, "a shorter body": { ...tried, body: body.slice(0, -1) } };
  return {
    ...bodies,
    "another secret": { ...tried, secret: otherSecret },
    "a signature that was cut": signed(value.slice(0, -2)),
    "a signature with another digit": signed(
      `${value.slice(0, -3)}${value.at(-3) === "0" ? "1" : "0"}${value.slice(-2)}`,
    ),
    "no signature": signed(""),
  };
}

for (const oracle of oracles) {
  const scheme = schemeOf(oracle.preset);
  const body = oracle.body ?? ordinary;

  describe(`the library for ${oracle.preset}`, () => {
    it(`${oracle.isTheirs ? "signs" : "believes"} what we believe, and nobody what was changed since`, async () => {
      const { secret } = scheme.signer!.makeSecret(randomBytes);
      const tried = { body, secret, headers: await oracle.sign(body, secret) };
      assert.ok(await theyBelieve(oracle, tried), "they do not believe it");
      assert.ok(await weBelieve(scheme, tried), "we do not believe it");
      const other = scheme.signer!.makeSecret(randomBytes).secret;
      for (const [what, wrong] of Object.entries(changed(oracle, tried, other))) {
        assert.ok(!(await weBelieve(scheme, wrong)), `we believe ${what}`);
        assert.ok(!(await theyBelieve(oracle, wrong)), `they believe ${what}`);
      }
    });

    it("believes what we sign, and not what was changed since", async () => {
      const { secret, signingKey } = scheme.signer!.makeSecret(randomBytes);
      const nowMs = Math.floor(Date.now() / 1000) * 1000;
      const draft = aDraft({ body: Buffer.from(body), url });
      const request = scheme.signer!.sign(draft, { signingKey, nowMs, settings: {} });
      const headers: Record<string, string> = {};
      for (let index = 0; index < request.headers.length; index += 2) {
        headers[(request.headers[index] ?? "").toLowerCase()] = request.headers[index + 1] ?? "";
      }
      const tried = { body: Buffer.from(request.body).toString(), secret, headers };
      assert.ok(await theyBelieve(oracle, tried), "they do not believe it");
      const other = scheme.signer!.makeSecret(randomBytes).secret;
      for (const [what, wrong] of Object.entries(changed(oracle, tried, other))) {
        assert.ok(!(await theyBelieve(oracle, wrong)), `they believe ${what}`);
      }
    });
  });
}

describe("times", () => {
  it("that Slack's and Svix's libraries call too old are too old for us", async () => {
    const old = now - 301_000;
    const { secret } = schemeOf("svix").signer!.makeSecret(randomBytes);
    const svix: Tried = {
      body: ordinary,
      secret,
      headers: {
        "svix-id": "msg_1",
        "svix-timestamp": String(old / 1000),
        "svix-signature": new SvixWebhook(secret).sign("msg_1", new Date(old), ordinary),
      },
    };
    const slack: Tried = {
      body: ordinary,
      secret,
      headers: {
        "x-slack-request-timestamp": String(old / 1000),
        "x-slack-signature": `v0=${hmac(secret, "hex", `v0:${old / 1000}:`, ordinary)}`,
      },
    };
    for (const [preset, tried] of [["svix", svix] as const, ["slack", slack] as const]) {
      const oracle = oracles.find((one) => one.preset === preset)!;
      assert.ok(!(await theyBelieve(oracle, tried)), preset);
      assert.ok(!(await weBelieve(schemeOf(preset), tried)), preset);
    }
  });
});
