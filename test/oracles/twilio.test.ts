/** Twilio's own validator and ours agree. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import twilioSdk from "twilio";
import { aRequest, headerOf, isBelieved, ourRequest, schemeNamed, textOf } from "./a-provider-request.ts";

const { getExpectedTwilioSignature, validateRequest, validateRequestWithBody } = twilioSdk;
const scheme = schemeNamed("twilio");
const token = "f9b4d3e2a1c05b6d7e8f9a0b1c2d3e4f";
const formType = ["content-type", "application/x-www-form-urlencoded"];

const fields = fc.dictionary(
  fc.string({ unit: "binary", minLength: 1 }),
  fc.oneof(fc.string({ unit: "binary" }), fc.array(fc.string())),
);
const url = fc.constantFrom(
  "https://example.com/a",
  "https://example.com:443/a?b=c",
  "http://example.com:8080/a?b=c&d=%27",
  "https://user:pw@Example.com/a?b=it's+x",
  "https://[::1]/a?x",
  "https://example.com/a?x=%20%2B;y",
);

const formOf = (params: Record<string, string | string[]>): Buffer => {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of typeof value === "string" ? [value] : value) form.append(name, one);
  }
  return Buffer.from(form.toString());
};

/** As an Express application would see the form. */
function paramsOf(body: Uint8Array): Record<string, string | string[]> {
  const form = new URLSearchParams(Buffer.from(body).toString());
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

describe("twilio", () => {
  it("signs forms that ours believes", async () => {
    await fc.assert(
      fc.asyncProperty(url, fields, async (at, said) => {
        const body = formOf(said);
        const signature = getExpectedTwilioSignature(token, at, paramsOf(body));
        const request = aRequest({ url: at, headers: [...formType, "X-Twilio-Signature", signature], body });
        assert.ok(await isBelieved(scheme, request, { secrets: [token] }));
        assert.ok(!(await isBelieved(scheme, { ...request, body: Buffer.from(`${body}&zz=1`) }, { secrets: [token] })));
        assert.ok(!(await isBelieved(scheme, request, { secrets: [`${token}0`] })));
      }),
    );
  });

  it("believes forms and JSON that ours signs", async () => {
    await fc.assert(
      fc.asyncProperty(url, fields, async (at, said) => {
        const { request, secret } = ourRequest(scheme, aRequest({ url: at, headers: formType, body: formOf(said) }));
        const signature = headerOf(request, "X-Twilio-Signature");
        assert.ok(validateRequest(secret, signature, request.url, paramsOf(request.body)));
        assert.ok(!validateRequest(secret, signature, `${request.url}x`, paramsOf(request.body)));
      }),
    );
    const { request, secret } = ourRequest(scheme, aRequest());
    assert.ok(validateRequestWithBody(secret, headerOf(request, "X-Twilio-Signature"), request.url, textOf(request)));
    assert.ok(!validateRequestWithBody(secret, headerOf(request, "X-Twilio-Signature"), request.url, "{}"));
  });

  it("takes the same URLs as ours for the one that was signed", async () => {
    await fc.assert(
      fc.asyncProperty(url, url, async (signed, seen) => {
        const signature = getExpectedTwilioSignature(token, signed, {});
        const request = aRequest({ url: seen, headers: ["X-Twilio-Signature", signature], body: Buffer.alloc(0) });
        assert.equal(
          await isBelieved(scheme, request, { secrets: [token] }),
          validateRequest(token, signature, seen, {}),
        );
      }),
    );
  });
});
