/** HubSpot's own client and ours agree on version 3. */
import assert from "node:assert/strict";
import { it } from "node:test";
import hubspotSdk from "@hubspot/api-client";
import { aRequest, headerOf, isBelieved, nowMs, ourRequest, schemeNamed, textOf } from "./a-provider-request.ts";

const { Signature } = hubspotSdk;
const scheme = schemeNamed("hubspot");
const clientSecret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";

it("ours believes what @hubspot/api-client signs, and refuses another method, URL, body or time", async () => {
  for (const [method, url] of [
    ["POST", "https://www.example.com/webhook_uri"],
    ["GET", "https://www.example.com/webhook_uri?a=b%2Fc&d=%C3%A9"],
  ] as const) {
    const body = method === "GET" ? Buffer.alloc(0) : aRequest().body;
    const requestBody = Buffer.from(body).toString();
    const said = { clientSecret, requestBody, url, timestamp: nowMs, signature: "" };
    const signature = Signature.getSignature(method, "v3", said);
    const headers = ["X-HubSpot-Signature-v3", signature, "X-HubSpot-Request-Timestamp", String(nowMs)];
    const request = aRequest({ method, url, body, headers });
    const secrets = [clientSecret];
    assert.ok(await isBelieved(scheme, request, { secrets }));
    for (const other of [{ method: "PUT" }, { url: `${url}x` }, { body: Buffer.from("x") }]) {
      assert.ok(!(await isBelieved(scheme, { ...request, ...other }, { secrets })));
    }
    assert.ok(!(await isBelieved(scheme, request, { secrets, nowMs: nowMs + 300_001 })));
  }
});

it("@hubspot/api-client believes what ours signs, and refuses another body or secret", () => {
  const { request, secret } = ourRequest(scheme, aRequest());
  const said = {
    method: request.method,
    signatureVersion: "v3",
    clientSecret: secret,
    requestBody: textOf(request),
    url: request.url,
    timestamp: Number(headerOf(request, "X-HubSpot-Request-Timestamp")),
    signature: headerOf(request, "X-HubSpot-Signature-v3"),
  };
  assert.ok(Signature.isValid(said));
  assert.ok(!Signature.isValid({ ...said, requestBody: "{}" }));
  assert.ok(!Signature.isValid({ ...said, clientSecret }));
});
