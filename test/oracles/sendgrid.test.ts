/** SendGrid's own verifier and ours agree, and the library that it verifies with signs for ours. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { it } from "node:test";
import sendgridSdk from "@sendgrid/eventwebhook";
import starkbank from "starkbank-ecdsa";
import { aRequest, headerOf, isBelieved, nowMs, ourRequest, schemeNamed, textOf } from "./a-provider-request.ts";

const scheme = schemeNamed("sendgrid");
const signatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
const timeHeader = "X-Twilio-Email-Event-Webhook-Timestamp";
const webhook = new sendgridSdk.EventWebhook();

it("@sendgrid/eventwebhook believes what ours signs, and refuses another body, key or time", () => {
  const { request, secret } = ourRequest(scheme, aRequest());
  const [signature, time] = [headerOf(request, signatureHeader), headerOf(request, timeHeader)];
  const key = webhook.convertPublicKeyToECDSA(secret);
  assert.ok(webhook.verifySignature(key, textOf(request), signature, time));
  assert.ok(!webhook.verifySignature(key, `${textOf(request)} `, signature, time));
  assert.ok(!webhook.verifySignature(key, textOf(request), signature, `${time}0`));
  const other = webhook.convertPublicKeyToECDSA(ourRequest(scheme, aRequest()).secret);
  assert.ok(!webhook.verifySignature(other, textOf(request), signature, time));
});

it("ours believes what its library signs, and refuses another body, key or time", async () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
  const privateKey = starkbank.PrivateKey.fromPem(pair.privateKey.export({ type: "sec1", format: "pem" }).toString());
  const time = String(Math.floor(nowMs / 1000));
  const { body } = aRequest();
  const signature: string = starkbank.Ecdsa.sign(time + Buffer.from(body).toString(), privateKey).toBase64();
  const request = aRequest({ headers: [signatureHeader, signature, timeHeader, time] });
  assert.ok(await isBelieved(scheme, request, { secrets: [pem] }));
  assert.ok(!(await isBelieved(scheme, { ...request, body: Buffer.from("[]") }, { secrets: [pem] })));
  assert.ok(!(await isBelieved(scheme, request, { secrets: [ourRequest(scheme, aRequest()).secret] })));
});
