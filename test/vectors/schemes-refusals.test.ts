/** Of every scheme: what its signer makes is believed, and what was changed since is not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { CustomScheme } from "../../src/core/scheme.ts";
import { declaredSigner } from "../../src/inbound/schemes/declared-signer.ts";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { Refusal, Scheme } from "../../src/inbound/schemes/scheme.ts";
import { aDraft, aSignedRequest, assertRefused, nowMs, verdictOf, withHeader } from "./a-signed-request.ts";
import { signatureChanges } from "./signature-changes.ts";

const schemes = [...presets.values()].filter(({ signer }) => signer !== null);
const verdictReasons: readonly Refusal["reason"][] = ["signature_mismatch", "signature_malformed"];

describe("every scheme", () => {
  it("has the name that it is known by, in lower case, a page that says how it signs, and a sentence on its secret", () => {
    for (const [name, scheme] of presets) {
      assert.equal(scheme.name, name);
      assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
      assert.match(scheme.documentation, /^https:\/\//, name);
      assert.notEqual(scheme.title, "", name);
      if (scheme.secret !== null) assert.match(scheme.secret, /\.$/, name);
    }
  });

  it("takes the secrets that it makes, and no empty one", () => {
    for (const scheme of schemes.filter(({ secret }) => secret !== null)) {
      assert.equal(scheme.secretRefusal(aSignedRequest(scheme).secret), null, scheme.name);
      assert.notEqual(scheme.secretRefusal(""), null, scheme.name);
    }
  });
});

it("nothing is built of a large body before it is known who sent it", async (context) => {
  const pad = "x".repeat(10_000);
  const parse = context.mock.method(JSON, "parse");
  for (const scheme of schemes) {
    const { request, context: verifying } = aSignedRequest(scheme, { body: Buffer.from(`{"pad":"${pad}"}`) });
    parse.mock.resetCalls();
    await scheme.verify(request, { ...verifying, fetchText: () => Promise.reject(new Error("not now")) });
    const built = parse.mock.calls.filter(({ arguments: [text] }) => /^[{[]/.test(text) && text.length > pad.length);
    assert.equal(built.length, 0, scheme.name);
  }
});

for (const scheme of schemes) {
  describe(`a request by ${scheme.name}`, () => {
    it("is believed, by the secret that signed it among others", async () => {
      const signed = aSignedRequest(scheme);
      assert.deepEqual(await verdictOf(scheme, signed), { ok: true, secret: 0 });
      if (scheme.secret === null || signed.context.secrets.length === 0) return;
      const other = aSignedRequest(scheme).secret;
      const secrets = [other, signed.secret, other];
      const verdict = await verdictOf(scheme, { ...signed, context: { ...signed.context, secrets } });
      assert.deepEqual(verdict, { ok: true, secret: 1 });
    });

    it("is not believed by another secret, by an empty one, or by none", async () => {
      if (scheme.secret === null) return;
      const { request, context } = aSignedRequest(scheme);
      const other = aSignedRequest(scheme).secret;
      const by = (secrets: string[]) => ({ request, context: { ...context, secrets, fetchText: async () => other } });
      await assertRefused(scheme, by([other]), verdictReasons);
      await assertRefused(scheme, by([""]), ["secret_unusable", "secret_missing", ...verdictReasons]);
      await assertRefused(scheme, by([]), ["secret_missing"]);
    });

    if (scheme.toleranceMs !== null) {
      it("is not believed when it is old, nor when it is of the future", async () => {
        const { request, context } = aSignedRequest(scheme);
        const toleranceMs = scheme.toleranceMs ?? 0;
        const at = (offsetMs: number) => ({ request, context: { ...context, nowMs: nowMs + offsetMs } });
        assert.ok((await verdictOf(scheme, at(toleranceMs))).ok);
        assert.ok((await verdictOf(scheme, at(-toleranceMs))).ok);
        await assertRefused(scheme, at(toleranceMs + 1000), ["timestamp_stale"]);
        await assertRefused(scheme, at(-toleranceMs - 1000), ["timestamp_future"]);
        const strict = { request, context: { ...context, nowMs: nowMs + 2000, toleranceMs: 1000 } };
        await assertRefused(scheme, strict, ["timestamp_stale"]);
      });
    }

    if (scheme.custom !== null) declaredRefusals(scheme, scheme.custom);
  });
}

/** What can be said of schemes that are declared: where their signature is, and of what. */
function declaredRefusals(scheme: Scheme, custom: CustomScheme): void {
  const { place, prefix } = custom.signature;
  const header = place.startsWith("header:") ? place.slice(7) : null;
  const isToken = custom.algorithm === "token";

  if (custom.content.includes("{body}")) {
    it("is not believed with another body", async () => {
      const { request, context } = aSignedRequest(scheme);
      const { body } = request;
      const others = [Buffer.concat([body, Buffer.from("\n")]), Buffer.concat([Buffer.from("\ufeff"), body])];
      others.push(Buffer.from(body.subarray(0, -1)), Buffer.from(body).fill(0x20, body.length - 2));
      for (const other of others) {
        await assertRefused(scheme, { request: { ...request, body: other }, context }, [
          ...verdictReasons,
          "timestamp_missing",
          "timestamp_malformed",
        ]);
      }
    });
  }

  if (custom.content.includes("{body}") && custom.timestamp?.place.startsWith("body:") !== true) {
    it("is believed whatever bytes its body has", async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (body) => {
          const signed = aSignedRequest(scheme, { body });
          assert.deepEqual(Buffer.from(signed.request.body), Buffer.from(body));
          assert.ok((await verdictOf(scheme, signed)).ok);
          scheme.facts(signed.request);
        }),
        { numRuns: 20 },
      );
    });
  }

  if (custom.content.includes("{url}")) {
    it("is not believed at another URL, unless the source says that it is the provider's", async () => {
      const { request, context } = aSignedRequest(scheme);
      const moved = { ...request, url: "http://10.0.0.1:8080/in/shop?a=1" };
      await assertRefused(scheme, { request: moved, context }, verdictReasons);
      const settings = { ...context.settings, url: request.url };
      assert.ok((await verdictOf(scheme, { request: moved, context: { ...context, settings } })).ok);
    });
  }

  const signedHeaders = [custom.timestamp?.place, custom.content.includes("{id}") ? custom.id : null]
    .filter((written) => written?.startsWith("header:"))
    .map((written) => written?.slice(7) ?? "");
  if (signedHeaders.length > 0) {
    it("is not believed with another time or id than was signed, with none, or with two", async () => {
      const { request, context } = aSignedRequest(scheme);
      for (const name of signedHeaders) {
        const changed = (change: (value: string) => readonly string[]) => ({
          request: withHeader(request, name, change),
          context,
        });
        await assertRefused(
          scheme,
          changed((value) => [value.replace(/.(?=Z?$)/, (last) => (last === "1" ? "2" : "1"))]),
          verdictReasons,
        );
        await assertRefused(
          scheme,
          changed(() => []),
          ["timestamp_missing", "signature_malformed"],
        );
        await assertRefused(
          scheme,
          changed((value) => [value, value]),
          ["timestamp_malformed", "signature_repeated"],
        );
      }
    });
  }

  if (header === null) return;

  it("is not believed without its signature, or with two", async () => {
    const { request, context } = aSignedRequest(scheme);
    const changed = (change: (value: string) => readonly string[]) => ({
      request: withHeader(request, header, change),
      context,
    });
    await assertRefused(
      scheme,
      changed(() => []),
      ["signature_missing"],
    );
    await assertRefused(
      scheme,
      changed((value) => [value, value]),
      ["signature_repeated"],
    );
    await assertRefused(
      scheme,
      changed((value) => ["", value]),
      ["signature_repeated"],
    );
    const twice = { ...request, headers: [...request.headers, header.toUpperCase(), "x"] };
    await assertRefused(scheme, { request: twice, context }, ["signature_repeated"]);
  });

  it("is believed whatever case the names of its headers have", async () => {
    const { request, context } = aSignedRequest(scheme);
    for (const change of [(name: string) => name.toUpperCase(), (name: string) => name.toLowerCase()]) {
      const headers = request.headers.map((text, index) => (index % 2 === 0 ? change(text) : text));
      assert.ok((await verdictOf(scheme, { request: { ...request, headers }, context })).ok);
    }
  });

  it("is not believed with a signature that was cut, made longer, or written otherwise", async () => {
    const { request, context } = aSignedRequest(scheme);
    for (const [what, change] of Object.entries(signatureChanges(custom))) {
      const changed = withHeader(request, header, (value) => {
        const made = change(value);
        assert.notEqual(made, value, what);
        return [made];
      });
      await assertRefused(scheme, { request: changed, context }, verdictReasons);
    }
  });

  if (!isToken) {
    it("is not believed when another algorithm made its signature", async () => {
      const { request, context, signingKey } = aSignedRequest(scheme);
      if (custom.algorithm.startsWith("hmac-")) {
        for (const algorithm of ["hmac-sha1", "hmac-sha256", "hmac-sha512"] as const) {
          if (algorithm === custom.algorithm) continue;
          const forged = declaredSigner({ ...custom, algorithm }).sign(
            { ...aDraft(), ...request },
            { signingKey, nowMs, settings: context.settings },
          );
          await assertRefused(scheme, { request: forged, context }, verdictReasons);
        }
      }
      const word = /^(.*)sha(1|256)=$/.exec(prefix);
      if (word === null) return;
      const renamed = withHeader(request, header, (value) => [value.replace(/sha(1|256)=/, "sha512=")]);
      await assertRefused(scheme, { request: renamed, context }, verdictReasons);
    });
  }
}
