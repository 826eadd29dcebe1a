/** Each handshake as its own provider asks it; and of every scheme: whatever else comes is refused, and nothing fails. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { askOf } from "../../src/inbound/schemes/handshakes/asks.ts";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { Scheme, SchemeAnswer } from "../../src/inbound/schemes/scheme.ts";
import { judgeRequest } from "../../src/inbound/verify.ts";
import { nowMs } from "./a-signed-request.ts";

const url = "https://example.com/in/a";
const settingsOf: Readonly<Record<string, Record<string, string>>> = {
  meta: { verify_token: "meatyhamhock" },
  dropbox: { token: "a-token" },
  "microsoft-graph": { token: "a-token" },
  websub: { token: "a-token", topic: "https://a.b/c" },
  cloudevents: { origins: "eventemitter.example.com" },
  asana: { handshake: "accept", token: "a-token" },
  intercom: { token: "a-token" },
  x: { token: "a-token" },
  woocommerce: { token: "a-token" },
};

function aSourceOf(scheme: Scheme) {
  const key = scheme.signer?.makeSecret(randomBytes) ?? assert.fail(scheme.name);
  const settings = settingsOf[scheme.name] ?? {};
  const secrets = scheme.name === "asana" ? [] : [{ value: key.secret, expiresAtMs: null }];
  return { ...key, settings, source: { scheme: { preset: scheme.name, settings }, secrets } };
}

const machine = { nowMs, fetchText: () => Promise.reject(new Error("nothing is fetched")) };
const withHandshake = [...presets.values()].filter(({ handshake }) => handshake !== null);

describe("what a provider asks", () => {
  it("is known of each that asks, but for the one that signs with a certificate of its own", () => {
    const unknown = withHandshake.filter((scheme) => {
      const ground = { url, signingKey: "x".repeat(32), settings: {}, nowMs };
      return scheme.name !== "discord" && askOf(scheme, ground) === null;
    });
    assert.deepEqual(
      unknown.map(({ name }) => name),
      ["aws-sns"],
    );
    const github = presets.get("github") ?? assert.fail();
    assert.equal(askOf(github, { url, signingKey: "x", settings: {}, nowMs }), null);
  });

  for (const scheme of withHandshake.filter(({ name }) => name !== "aws-sns")) {
    it(`is answered as it wants: ${scheme.name}`, async () => {
      const { source, settings, signingKey } = aSourceOf(scheme);
      const ask = askOf(scheme, { url, signingKey, settings, nowMs }) ?? assert.fail();
      const judgement = await judgeRequest({ source, scheme, request: ask.request, machine });
      assert.ok(judgement.kind === "handshake", JSON.stringify(judgement));
      assert.equal(ask.complaint(judgement.answer), null);
      const none: SchemeAnswer = { status: 500, headers: [], body: "" };
      assert.match(ask.complaint(none) ?? "", /500/);
      // These want nothing but 200.
      if (scheme.name === "intercom" || scheme.name === "woocommerce") return;
      assert.notEqual(ask.complaint({ ...none, status: 200, body: "ok" }), null);
    });
  }
});

describe("whatever comes", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("", "1", "sha256=", "v0=", "t=1,v1=", "null"),
  );
  const names = [
    ...new Set(
      [...presets.values()].flatMap((scheme) => {
        if (scheme.signer === null) return [];
        const { signingKey } = scheme.signer.makeSecret(randomBytes);
        const draft = { method: "POST", url, headers: [], body: Buffer.from("{}"), deliveryId: "d", type: "t" };
        const { headers } = scheme.signer.sign(draft, { signingKey, nowMs, settings: settingsOf[scheme.name] ?? {} });
        return headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
      }),
    ),
  ];
  const request = fc.record({
    method: fc.constantFrom("POST", "GET", "OPTIONS", "HEAD"),
    url: fc.webUrl({ withQueryParameters: true }),
    headers: fc.array(fc.tuple(fc.constantFrom(...names, "content-type"), text)).map((pairs) => pairs.flat()),
    body: fc.oneof(
      fc.uint8Array(),
      fc.json().map((json) => Buffer.from(json)),
      text.map((one) => Buffer.from(one)),
    ),
  });

  for (const scheme of presets.values()) {
    if (scheme.signer === null) continue;
    it(`is no event of ${scheme.name}, and nothing fails`, async () => {
      const { source } = aSourceOf(scheme);
      await fc.assert(
        fc.asyncProperty(request, async (made) => {
          const judgement = await judgeRequest({ source, scheme, request: made, machine });
          assert.notEqual(judgement.kind, "verified");
          scheme.facts(made);
        }),
        { numRuns: 100 },
      );
    });
  }
});
