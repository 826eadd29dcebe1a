/** The simulator against our own sources: of every preset, each variant is answered as its provider wants. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, it, type TestContext } from "node:test";
import { verify } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { sendAsProvider } from "../../src/cli/send-as-provider.ts";
import type { AttemptResult } from "../../src/core/attempt.ts";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { Scheme } from "../../src/inbound/schemes/scheme.ts";
import { samplesOf } from "../../src/inbound/simulate/samples.ts";
import { type Simulation, stepsOf } from "../../src/inbound/simulate/simulate.ts";
import { variantNames } from "../../src/inbound/simulate/variant.ts";
import { aServer, type TestServer } from "./a-server.ts";

/** What sources need beside a secret, so that they answer handshakes. */
const ownSettings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "aws-sns": { topic_arn: "arn:aws:sns:us-east-1:123456789012:boats" },
  cloudevents: { origins: "events.example.com" },
  "google-pubsub": { audience: "https://example.com", email: "boats@example.com" },
  intercom: { token: "a-token" },
  meta: { verify_token: "a-verify-token" },
  "microsoft-graph": { token: "a-token" },
  paypal: { webhook_id: "1JE4291016473214C" },
  websub: { topic: "https://example.com/feed", handshake: "accept" },
  woocommerce: { token: "a-token" },
  x: { token: "a-token" },
};

const settingsOf = ({ name, settings }: Scheme): Readonly<Record<string, string>> =>
  ownSettings[name] ?? (settings.some((setting) => setting.name === "handshake") ? { handshake: "accept" } : {});

/** Their certificates and keys are fetched: the app is given one that answers with ours. */
const fetching = new Set(["aws-sns", "google-pubsub", "paypal"]);

const answered = (text: string): AttemptResult => ({
  status: 200,
  errorClass: null,
  errorDetail: null,
  durationMs: 1,
  responseBody: Buffer.from(text),
  responseTruncated: false,
  retryAfterMs: null,
});

const aSimulation = (scheme: Scheme, url: string, keys: { secret: string; signingKey: string }): Simulation => ({
  scheme,
  sample: samplesOf(scheme.name)[0] ?? assert.fail(`${scheme.name} has no sample`),
  url,
  ...keys,
  settings: settingsOf(scheme),
  variants: variantNames,
  random: { bytes: randomBytes },
  wallMs: () => Date.now(),
});

async function survived(simulation: Simulation): Promise<{ variants: Set<string>; stored: Set<string> }> {
  const variants = new Set<string>();
  const stored = new Set<string>();
  for await (const step of stepsOf(simulation)) {
    if (!("request" in step)) continue;
    const signal = new AbortController().signal;
    const answer = await sendAsProvider(step.request, { deadlineMs: 10_000, signal });
    if ("failure" in answer) assert.fail(answer.failure);
    const { name } = simulation.scheme;
    assert.equal(step.complaint(answer), null, `${name}, ${step.variant}: ${answer.status} ${answer.body}`);
    variants.add(step.variant);
    if (step.deliveryId !== null && step.expected === "2xx") stored.add(step.deliveryId);
  }
  return { variants, stored };
}

async function aSourceOf(server: TestServer, scheme: Scheme, secret: string): Promise<string> {
  const hasSecret = scheme.secret !== null && scheme.secretFrom !== "handshake";
  const settings = settingsOf(scheme);
  const body = { name: scheme.name, scheme: { preset: scheme.name, settings }, ...(hasSecret && { secret }) };
  const { status, text } = await server.ask("POST /v1/sources", { body });
  assert.equal(status, 201, text);
  return `${server.url}/in/${scheme.name}`;
}

describe("a source takes what is genuine, refuses what is not, and answers what it is asked", async () => {
  const shared = await aServer({ after: (end) => after(end as () => unknown) });

  for (const scheme of presets.values()) {
    it(`of ${scheme.name}`, async (context) => {
      const keys = scheme.signer?.makeSecret(randomBytes) ?? assert.fail(`${scheme.name} has no signer`);
      const server = fetching.has(scheme.name) ? await aServerThatFetches(context, keys.secret) : shared;
      const url = await aSourceOf(server, scheme, keys.secret);
      const { variants, stored } = await survived(aSimulation(scheme, url, keys));
      assert.ok(variants.has("genuine") && variants.has("duplicate") && variants.has("bad-signature"));
      // SNS asks once for a confirmation that is its own to give.
      assert.equal(variants.has("handshake"), scheme.handshake !== null && scheme.name !== "aws-sns");
      const { body } = await server.ask(`GET /v1/events?types=${scheme.name}.*`);
      const ids = body.data.map(({ id }: { id: string }) => id);
      assert.ok(ids.length >= stored.size, `${ids.length} events of ${stored.size} deliveries`);
    });
  }

  async function aServerThatFetches(context: TestContext, text: string): Promise<TestServer> {
    const sender = { send: async () => answered(text), abortAll: () => {}, close: async () => {} };
    return aServer(context, { app: { machine: { sender } } });
  }
});

describe("a receiver that verifies with its provider's own library survives everything", () => {
  type Headers = Readonly<Record<string, string>>;
  const verifiers: Readonly<Record<string, (secret: string, body: string, headers: Headers) => unknown>> = {
    stripe: (secret, body, headers) =>
      new Stripe("sk_test_1").webhooks.constructEvent(body, headers["stripe-signature"] ?? "", secret),
    "standard-webhooks": (secret, body, headers) => new Webhook(secret).verify(body, headers),
    github: async (secret, body, headers) => {
      if (!(await verify(secret, body, headers["x-hub-signature-256"] ?? "sha256=0"))) throw new Error("not GitHub's");
    },
  };

  for (const [name, isGenuine] of Object.entries(verifiers)) {
    it(`of ${name}`, async (context) => {
      const scheme = presets.get(name) ?? assert.fail(name);
      const keys = scheme.signer?.makeSecret(randomBytes) ?? assert.fail(name);
      const receiver = createServer(async (request, response) => {
        const body = Buffer.concat(await request.toArray()).toString();
        try {
          await isGenuine(keys.secret, body, request.headers as Headers);
          response.end();
        } catch {
          response.writeHead(400).end();
        }
      });
      await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
      context.after(() => receiver.close());
      const { port } = receiver.address() as AddressInfo;
      const simulation = aSimulation(scheme, `http://127.0.0.1:${port}/hooks`, keys);
      // Stripe's library has no bound for times to come.
      const variants = variantNames.filter((variant) => name !== "stripe" || variant !== "future");
      const survivedBy = await survived({ ...simulation, variants });
      assert.ok(survivedBy.variants.size >= 4);
    });
  }
});

describe("every sample", () => {
  for (const scheme of presets.values()) {
    it(`of ${scheme.name} is signed so that the scheme believes it, and reads its type`, async () => {
      const { signer } = scheme;
      if (signer === null) return assert.fail(`${scheme.name} has no signer`);
      const keys = signer.makeSecret(randomBytes);
      const settings = settingsOf(scheme);
      for (const sample of samplesOf(scheme.name)) {
        const simulation = { ...aSimulation(scheme, "https://example.com/in/x", keys), sample };
        const { value: step } = await stepsOf({ ...simulation, variants: ["genuine"] }).next();
        if (step === undefined || !("request" in step)) assert.fail("nothing is sent");
        const context = { secrets: [keys.secret], settings, nowMs: Date.now(), fetchText: async () => keys.secret };
        const verdict = await scheme.verify(step.request, context);
        assert.ok(verdict.ok, `${sample.type}: ${JSON.stringify(verdict)}`);
        const { type } = scheme.facts(step.request);
        if (type !== null) assert.equal(type, sample.type);
      }
    });
  }
});
