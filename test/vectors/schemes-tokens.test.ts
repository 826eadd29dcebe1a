/** Schemes whose requests carry a secret, or name the hash that signs them. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { cloudevents } from "../../src/inbound/schemes/cloudevents.ts";
import { discord } from "../../src/inbound/schemes/discord.ts";
import { eventGrid } from "../../src/inbound/schemes/event-grid.ts";
import { microsoftGraph } from "../../src/inbound/schemes/microsoft-graph.ts";
import type { Scheme, SchemeRequest } from "../../src/inbound/schemes/scheme.ts";
import { sendgrid } from "../../src/inbound/schemes/sendgrid.ts";
import { twitch } from "../../src/inbound/schemes/twitch.ts";
import { websub } from "../../src/inbound/schemes/websub.ts";
import { aSignedRequest, assertRefused, nowMs, verdictOf, withHeader } from "./a-signed-request.ts";

const secret = "a-secret-of-0123456789";
const context = { secrets: [secret], settings: {}, nowMs, fetchText: () => Promise.reject(new Error("not needed")) };
const aRequest = (members: Partial<SchemeRequest> = {}): SchemeRequest => ({
  method: "POST",
  url: "https://example.com/in/a",
  headers: [],
  body: Buffer.from("{}"),
  ...members,
});

describe("notifications of Microsoft Graph", () => {
  const body = (...value: unknown[]) => aRequest({ body: Buffer.from(JSON.stringify({ value })) });

  it("are believed where every one has the secret as its clientState", async () => {
    const one = { clientState: secret, changeType: "created" };
    assert.ok((await verdictOf(microsoftGraph, { request: body(one), context })).ok);
    assert.ok((await verdictOf(microsoftGraph, { request: body(one, one), context })).ok);
    for (const other of ["", `${secret}x`, secret.toUpperCase(), secret.slice(1), 7, null, [secret], undefined]) {
      const request = body(one, { ...one, clientState: other });
      await assertRefused(microsoftGraph, { request, context }, ["signature_mismatch", "signature_missing"]);
    }
    const mixed = { request: body(one, { ...one, clientState: "another-secret" }), context };
    const both = { ...context, secrets: [secret, "another-secret"] };
    await assertRefused(microsoftGraph, { ...mixed, context: both }, ["signature_mismatch"]);
  });

  it("are not believed where there are none", async () => {
    for (const text of ["{}", '{"value":[]}', '{"value":{}}', '{"value":["x"]}', "[]", "", "x"]) {
      const request = aRequest({ body: Buffer.from(text) });
      await assertRefused(microsoftGraph, { request, context }, ["body_unreadable"]);
    }
  });

  it("have the type that they share", () => {
    const type = (...value: unknown[]) => microsoftGraph.facts(body(...value)).type;
    assert.equal(type({ changeType: "created" }, { changeType: "created" }), "created");
    assert.equal(type({ changeType: "created" }, { changeType: "deleted" }), "batch");
    assert.equal(type({ lifecycleEvent: "missed" }), "missed");
  });
});

describe("a request with a token", () => {
  const tried: readonly (readonly [Scheme, string, string, string])[] = [
    [cloudevents, "authorization", `Bearer ${secret}`, `access_token=${secret}`],
    [eventGrid, "aeg-sas-key", secret, `token=${secret}`],
  ];

  it("is believed with it in the header or in the URL, and in nothing else", async () => {
    for (const [scheme, header, value, query] of tried) {
      const inHeader = aRequest({ headers: [header, value] });
      const url = `https://example.com/in/a?${query}`;
      assert.ok((await verdictOf(scheme, { request: inHeader, context })).ok);
      assert.ok((await verdictOf(scheme, { request: aRequest({ url }), context })).ok);
      const twice = [
        { ...inHeader, url },
        aRequest({ url: `${url}&${query}` }),
        aRequest({ headers: [header, value, header, value] }),
      ];
      for (const request of twice) await assertRefused(scheme, { request, context }, ["signature_repeated"]);
      await assertRefused(scheme, { request: aRequest({ headers: ["x-token", value] }), context }, [
        "signature_missing",
      ]);
      for (const other of [
        `${value}x`,
        value.slice(0, -1),
        value.toUpperCase(),
        "",
        "Bearer",
        "Bearer ",
        `Basic ${secret}`,
      ]) {
        const request = aRequest({ headers: [header, other] });
        await assertRefused(scheme, { request, context }, ["signature_missing", "signature_mismatch"]);
      }
    }
  });

  it("is asked for a token that a header and a URL can carry", () => {
    for (const [scheme] of tried) {
      for (const text of ["", "short", "with a space in it", "with&another=parameter", "änderung-0123456789"]) {
        assert.notEqual(scheme.secretRefusal(text), null);
      }
      assert.equal(scheme.secretRefusal(secret), null);
    }
  });

  it("says what it is in each mode of CloudEvents", () => {
    const event = { specversion: "1.0", id: "1", source: "/a", type: "x.y", time: "2026-01-31T12:00:00Z" };
    const of = (type: string, body: unknown, ...headers: string[]) =>
      cloudevents.facts(
        aRequest({ headers: ["content-type", type, ...headers], body: Buffer.from(JSON.stringify(body)) }),
      );
    const whole = { deliveryId: "/a 1", type: "x.y", occurredAtMs: nowMs };
    assert.deepEqual(of("application/cloudevents+json; charset=utf-8", event), whole);
    assert.deepEqual(of("application/cloudevents-batch+json", [event]), whole);
    const attributes = ["ce-id", "1", "CE-Source", "/a", "ce-type", "x.y", "ce-time", "2026-01-31T12:00:00Z"];
    assert.deepEqual(of("application/json", {}, ...attributes), whole);
    const two = of("application/cloudevents-batch+json", [event, { ...event, id: "2", type: "z" }]);
    assert.deepEqual([two.type, two.deliveryId?.slice(0, 6)], ["batch", "batch-"]);
    assert.equal(of("application/json", event).deliveryId, null);
  });
});

describe("content by WebSub", () => {
  const signed = (algorithm: string, word = algorithm) =>
    aRequest({ headers: ["X-Hub-Signature", `${word}=${createHmac(algorithm, secret).update("{}").digest("hex")}`] });

  it("is believed by the hashes that the source takes, and SHA-1 is for it to name", async () => {
    for (const algorithm of ["sha256", "sha384", "sha512"]) {
      assert.ok((await verdictOf(websub, { request: signed(algorithm), context })).ok);
    }
    await assertRefused(websub, { request: signed("sha1"), context }, ["signature_malformed"]);
    const old = { ...context, settings: { algorithms: "sha1, md5" } };
    assert.ok((await verdictOf(websub, { request: signed("sha1"), context: old })).ok);
    for (const algorithm of ["sha256", "md5"]) {
      await assertRefused(websub, { request: signed(algorithm), context: old }, ["signature_malformed"]);
    }
    await assertRefused(websub, { request: signed("sha512", "sha256"), context }, ["signature_mismatch"]);
  });

  it("is not believed with another body, without its signature, with two, or with one written otherwise", async () => {
    const request = signed("sha256");
    await assertRefused(websub, { request: { ...request, body: Buffer.from("{} ") }, context }, ["signature_mismatch"]);
    const changed = (change: (value: string) => string[]) => ({
      request: withHeader(request, "X-Hub-Signature", change),
      context,
    });
    await assertRefused(
      websub,
      changed(() => []),
      ["signature_missing"],
    );
    await assertRefused(
      websub,
      changed((value) => [value, value]),
      ["signature_repeated"],
    );
    for (const change of [
      (value: string) => value.slice(0, -1),
      (value: string) => `${value}0`,
      (value: string) => value.toUpperCase(),
      (value: string) => value.slice(7),
      (value: string) => ` ${value}`,
      () => "sha256=",
      () => "",
    ]) {
      await assertRefused(
        websub,
        changed((value) => [change(value)]),
        ["signature_malformed", "signature_mismatch"],
      );
    }
  });
});

describe("what providers say of their requests", () => {
  it("is read from Discord's interactions and webhook events", () => {
    const facts = (body: object) => discord.facts(aRequest({ body: Buffer.from(JSON.stringify(body)) }));
    assert.deepEqual(facts({ id: "846462639134605312", type: 2, data: {} }), {
      deliveryId: "846462639134605312",
      type: "APPLICATION_COMMAND",
      occurredAtMs: null,
    });
    const event = { type: "ENTITLEMENT_CREATE", timestamp: "2026-01-31T12:00:00.000000", data: {} };
    assert.equal(facts({ version: 1, type: 1, event }).type, "ENTITLEMENT_CREATE");
  });

  it("is read from SendGrid's batches and Twitch's revocations", () => {
    const events = [
      { sg_event_id: "a", event: "delivered", timestamp: 20 },
      { sg_event_id: "b", event: "open", timestamp: 10 },
    ];
    const facts = sendgrid.facts(aRequest({ body: Buffer.from(JSON.stringify(events)) }));
    assert.deepEqual([facts.type, facts.occurredAtMs], ["batch", 10_000]);
    assert.match(facts.deliveryId ?? "", /^batch-/);
    const { request } = aSignedRequest(twitch);
    const revoked = { ...request, headers: [...request.headers, "Twitch-Eventsub-Message-Type", "revocation"] };
    assert.equal(twitch.facts(revoked).type, "revocation");
  });

  // https://github.com/sendgrid/sendgrid-nodejs/blob/main/packages/eventwebhook/src/eventwebhook.spec.js
  it("is believed as SendGrid published it", async () => {
    const request = aRequest({
      headers: [
        "X-Twilio-Email-Event-Webhook-Signature",
        "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=",
        "X-Twilio-Email-Event-Webhook-Timestamp",
        "1588788367",
      ],
      body: Buffer.from('{"category":"example_payload","event":"test_event","message_id":"message_id"}'),
    });
    const key =
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==";
    const then = { ...context, secrets: [key], nowMs: 1_588_788_367_000 };
    assert.ok((await verdictOf(sendgrid, { request, context: then })).ok);
    const other = { ...request, body: Buffer.from("{}") };
    await assertRefused(sendgrid, { request: other, context: then }, ["signature_mismatch"]);
  });
});
