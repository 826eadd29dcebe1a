/** Schemes that sign the URL: every spelling of it that the provider may mean, and none beyond. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { hubspot } from "../../src/inbound/schemes/hubspot.ts";
import type { SchemeRequest } from "../../src/inbound/schemes/scheme.ts";
import { square } from "../../src/inbound/schemes/square.ts";
import { twilio } from "../../src/inbound/schemes/twilio.ts";
import { aSignedRequest, assertRefused, nowMs, verdictOf, withHeader } from "./a-signed-request.ts";

const form = "application/x-www-form-urlencoded";
const context = { secrets: ["12345"], settings: {}, nowMs, fetchText: () => Promise.reject(new Error("not needed")) };

function aTwilioRequest(signature: string, members: Partial<SchemeRequest> = {}, type = form) {
  const request: SchemeRequest = {
    method: "POST",
    url: "https://mycompany.com/myapp.php?foo=1&bar=2",
    headers: ["Content-Type", type, "X-Twilio-Signature", signature],
    body: Buffer.from(new URLSearchParams(call).toString()),
    ...members,
  };
  return { request, context };
}

const call = {
  CallSid: "CA1234567890ABCDE",
  Caller: "+14158675309",
  Digits: "1234",
  From: "+14158675309",
  To: "+18005551212",
};
const json = Buffer.from('{"property": "value", "boolean": true}');
const digest = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

describe("a request by Twilio", () => {
  // https://github.com/twilio/twilio-php/blob/main/tests/Twilio/Unit/Security/RequestValidatorTest.php
  it("is believed as Twilio published it: a form, a repeated field, a JSON body", async () => {
    assert.ok((await verdictOf(twilio, aTwilioRequest("RSOYDt4T1cUTdK1PDd93/VVr8B8="))).ok);
    const repeated = Buffer.from("Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234");
    assert.ok((await verdictOf(twilio, aTwilioRequest("IK+Dwps556ElfBT0I3Rgjkr1wJU=", { body: repeated }))).ok);
    const url = `https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=${digest}`;
    const whole = aTwilioRequest("a9nBmqA0ju/hNViExpshrM61xv4=", { url, body: json }, "application/json");
    assert.ok((await verdictOf(twilio, whole)).ok);
    const alone = { url: `https://mycompany.com/myapp.php?bodySHA256=${digest}`, body: json };
    assert.ok((await verdictOf(twilio, aTwilioRequest("y77kIzt2vzLz71DgmJGsen2scGs=", alone, "application/json"))).ok);
  });

  it("does not hold up the server with a form of a million fields, before anybody knows who sent it", async () => {
    const fields = (count: number) => ({ body: Buffer.from("a&".repeat(count)) });
    await assertRefused(twilio, aTwilioRequest("RSOYDt4T1cUTdK1PDd93/VVr8B8=", fields(500_000)), ["body_unreadable"]);
    await assertRefused(twilio, aTwilioRequest("RSOYDt4T1cUTdK1PDd93/VVr8B8=", fields(9000)), ["signature_mismatch"]);
  });

  it("is not believed with a form that begins as a query does, of fields that were signed without it", async () => {
    const { body } = aTwilioRequest("").request;
    const marked = { body: Buffer.concat([Buffer.from("?"), body]) };
    const signed = aTwilioRequest("RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    assert.ok((await verdictOf(twilio, signed)).ok);
    await assertRefused(twilio, aTwilioRequest("RSOYDt4T1cUTdK1PDd93/VVr8B8=", marked), ["signature_mismatch"]);
  });

  it("is believed with and without the port, and with the query written as it was or as a URL writes it", async () => {
    const seen = ["https://example.com/a?q=it's", "https://example.com:443/a?q=it's", "https://example.com/a?q=it%27s"];
    for (const signed of [...seen, "https://example.com:443/a?q=it%27s"]) {
      const signature = createHmac("sha1", "12345").update(signed).digest("base64");
      for (const url of seen) {
        const tried = aTwilioRequest(signature, { url, method: "GET", body: Buffer.alloc(0) });
        assert.ok((await verdictOf(twilio, tried)).ok, `${signed} seen as ${url}`);
      }
    }
  });

  it("is not believed at another URL, or with other fields", async () => {
    const good = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    for (const url of [
      "http://mycompany.com/myapp.php?foo=1&bar=2",
      "https://mycompany.com/myapp.php?bar=2&foo=1",
      "https://mycompany.com/myapp.php/?foo=1&bar=2",
      "https://mycompany.com.evil.com/myapp.php?foo=1&bar=2",
    ]) {
      await assertRefused(twilio, aTwilioRequest(good, { url }), ["signature_mismatch"]);
    }
    for (const body of ["", "Digits=1", `${new URLSearchParams(call)}&More=1`]) {
      await assertRefused(twilio, aTwilioRequest(good, { body: Buffer.from(body) }), ["signature_mismatch"]);
    }
  });

  it("is not believed where nothing that is signed covers its body", async () => {
    const signature = createHmac("sha1", "12345").update("https://example.com/a").digest("base64");
    const bare = { url: "https://example.com/a", body: json };
    for (const type of ["application/json", "text/plain", `multipart/form-data; boundary=x`, ""]) {
      await assertRefused(twilio, aTwilioRequest(signature, bare, type), ["body_unreadable"]);
    }
  });

  it("is not believed where its body is not the one that the URL names, or the URL names two", async () => {
    for (const query of [`bodySHA256=${digest}`, `bodySHA256=${digest}&bodySHA256=${digest}`, "bodySHA256="]) {
      const url = `https://example.com/a?${query}`;
      const signature = createHmac("sha1", "12345").update(url).digest("base64");
      const other = { url, body: Buffer.from(query.includes("&") ? json : "{}") };
      await assertRefused(twilio, aTwilioRequest(signature, other, "application/json"), ["signature_mismatch"]);
    }
  });

  it("is not believed without its signature, with two, or with one that is written otherwise", async () => {
    const { request } = aTwilioRequest("RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    const changed = (...values: string[]) => ({
      request: withHeader(request, "X-Twilio-Signature", () => values),
      context,
    });
    const good = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    await assertRefused(twilio, changed(), ["signature_missing"]);
    await assertRefused(twilio, changed(good, good), ["signature_repeated"]);
    for (const text of [good.slice(0, -1), `${good}=`, ` ${good}`, good.toLowerCase(), "", "="]) {
      await assertRefused(twilio, changed(text), ["signature_malformed", "signature_mismatch"]);
    }
  });

  it("says its id, and what happened to a message or a call", () => {
    const facts = (body: string, token = "t-1") =>
      twilio.facts({
        ...aTwilioRequest("").request,
        headers: ["content-type", form, "i-twilio-idempotency-token", token],
        body: Buffer.from(body),
      });
    assert.deepEqual(facts("MessageStatus=sent"), { deliveryId: "t-1", type: "message.sent", occurredAtMs: null });
    assert.equal(facts("CallStatus=ringing").type, "call.ringing");
    assert.equal(facts("EventType=onMessageAdded&MessageStatus=x").type, "onMessageAdded");
    assert.deepEqual(facts("", ""), { deliveryId: null, type: null, occurredAtMs: null });
  });
});

describe("a request that was sent to another URL than the one it came to", () => {
  it("is not waited for at what is no URL", () => {
    for (const scheme of [twilio, hubspot, square]) {
      for (const url of ["", "hooks.example.com/in/a", "/in/a", "ftp://hooks.example.com/", "https://"]) {
        assert.match(scheme.settingsRefusal?.({ url }) ?? "", /whole URL/, `${scheme.name} ${url}`);
      }
      assert.equal(scheme.settingsRefusal?.({ url: "https://hooks.example.com/in/a?b=c" }), null);
      assert.equal(scheme.settingsRefusal?.({}), null);
    }
  });

  it("is believed where the source says which, with the query that it came with", async () => {
    for (const scheme of [twilio, hubspot]) {
      const { request, context: own } = aSignedRequest(scheme, { url: "https://hooks.example.com/a" });
      const moved = {
        ...request,
        url: request.url.replace("https://hooks.example.com/a", "http://10.0.0.1:8080/in/b"),
      };
      await assertRefused(scheme, { request: moved, context: own }, ["signature_mismatch"]);
      const said = { ...own, settings: { url: "https://hooks.example.com/a" } };
      assert.ok((await verdictOf(scheme, { request: moved, context: said })).ok, scheme.name);
    }
  });
});

describe("a request by HubSpot", () => {
  const sign = (method: string, url: string, body: string) =>
    createHmac("sha256", "12345").update(`${method}${url}${body}${nowMs}`).digest("base64");

  function aHubspotRequest(members: Partial<SchemeRequest> & { readonly signature: string }) {
    const { signature, ...rest } = members;
    const headers = ["X-HubSpot-Signature-v3", signature, "X-HubSpot-Request-Timestamp", String(nowMs)];
    const url = "https://www.example.com/webhook_uri";
    return { request: { method: "POST", url, body: Buffer.from("{}"), headers, ...rest }, context };
  }

  it("is believed with the URL as it is, and with the characters decoded that its page names", async () => {
    const seen = "https://www.example.com/in/a?x=%3A%2f%3F%40%21%24%27%28%29%2A%2C%3B&y=%20%26%25";
    const decoded = "https://www.example.com/in/a?x=:/?@!$'()*,;&y=%20%26%25";
    for (const url of [seen, decoded]) {
      const tried = aHubspotRequest({ signature: sign("POST", url, "{}"), url: seen });
      assert.ok((await verdictOf(hubspot, tried)).ok, url);
    }
    const wrong = aHubspotRequest({ signature: sign("POST", decodeURIComponent(seen), "{}"), url: seen });
    await assertRefused(hubspot, wrong, ["signature_mismatch"]);
  });

  it("is not believed with another method, URL, body or time, or with its signature twice", async () => {
    const signature = sign("POST", "https://www.example.com/webhook_uri", "{}");
    assert.ok((await verdictOf(hubspot, aHubspotRequest({ signature }))).ok);
    for (const other of [
      { method: "PUT" },
      { url: "http://www.example.com/webhook_uri" },
      { body: Buffer.from("{} ") },
      { headers: ["X-HubSpot-Signature-v3", signature, "X-HubSpot-Request-Timestamp", String(nowMs - 1)] },
    ]) {
      await assertRefused(hubspot, aHubspotRequest({ signature, ...other }), ["signature_mismatch"]);
    }
    const good = aHubspotRequest({ signature });
    const twice = withHeader(good.request, "X-HubSpot-Signature-v3", (value) => [value, value]);
    await assertRefused(hubspot, { ...good, request: twice }, ["signature_repeated"]);
    const hex = withHeader(good.request, "X-HubSpot-Signature-v3", (value) => [
      Buffer.from(value, "base64").toString("hex"),
    ]);
    await assertRefused(hubspot, { ...good, request: hex }, ["signature_malformed", "signature_mismatch"]);
    for (const time of ["", "1.5", "now", `${nowMs} `, "-1"]) {
      const untimely = withHeader(good.request, "X-HubSpot-Request-Timestamp", () => [time]);
      await assertRefused(hubspot, { ...good, request: untimely }, ["timestamp_malformed"]);
    }
  });

  it("has one id on each of its attempts, and the type that its events share", () => {
    const body = (attemptNumber: number, type = "contact.creation") =>
      Buffer.from(
        JSON.stringify([
          { eventId: 1, subscriptionId: 2, occurredAt: 1000, subscriptionType: "contact.creation", attemptNumber },
          { eventId: 2, subscriptionId: 2, occurredAt: 900, subscriptionType: type, attemptNumber },
        ]),
      );
    const facts = (bytes: Buffer) => hubspot.facts({ ...aSignedRequest(hubspot).request, body: bytes });
    assert.deepEqual(facts(body(0)), facts(body(1)));
    assert.match(facts(body(0)).deliveryId ?? "", /^batch-[0-9a-f]{32}$/);
    assert.deepEqual([facts(body(0)).type, facts(body(0)).occurredAtMs], ["contact.creation", 900]);
    assert.equal(facts(body(0, "deal.creation")).type, "batch");
    assert.equal(facts(Buffer.from("not JSON")).deliveryId, null);
  });
});
