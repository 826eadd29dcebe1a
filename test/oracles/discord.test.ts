/** Discord's own verifier believes what ours signs, and both refuse the same. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { verifyKey } from "discord-interactions";
import { aRequest, headerOf, isBelieved, ourRequest, schemeNamed } from "./a-provider-request.ts";

const scheme = schemeNamed("discord");

it("discord-interactions believes what ours signs, and refuses what ours refuses", async () => {
  const { request, secret } = ourRequest(scheme, aRequest({ body: Buffer.from('{"type":2,"name":"Łukasz 😀"}') }));
  const signature = headerOf(request, "X-Signature-Ed25519");
  const time = headerOf(request, "X-Signature-Timestamp");
  const other = ourRequest(scheme, aRequest()).secret;
  const longer = Buffer.concat([request.body, Buffer.from(" ")]);
  for (const [expected, body, made, at, key] of [
    [true, request.body, signature, time, secret],
    [false, longer, signature, time, secret],
    [false, request.body, `00${signature.slice(2)}`, time, secret],
    [false, request.body, signature, String(Number(time) + 1), secret],
    [false, request.body, signature, time, other],
  ] as const) {
    assert.equal(await verifyKey(Buffer.from(body), made, at, key), expected);
    const headers = ["X-Signature-Ed25519", made, "X-Signature-Timestamp", at];
    assert.equal(await isBelieved(scheme, { ...request, headers, body }, { secrets: [key] }), expected);
  }
});
