/** Of schemes that are more than a declaration: what was changed since it was signed is not believed. */
import assert from "node:assert/strict";
import { constants, createHmac, randomBytes, sign } from "node:crypto";
import { describe, it } from "node:test";
import { crc32 } from "node:zlib";
import { completeScheme, type SignatureEncoding } from "../../src/core/scheme.ts";
import { presets } from "../../src/inbound/schemes/presets.ts";
import type { Refusal, Scheme, SchemeRequest } from "../../src/inbound/schemes/scheme.ts";
import { aDraft, assertRefused, nowMs, verdictOf, withHeader } from "./a-signed-request.ts";
import { headerOf } from "./header-of.ts";
import { signatureChanges } from "./signature-changes.ts";

interface HandWritten {
  readonly name: string;
  readonly encoding: SignatureEncoding;
  readonly prefix?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Of a signature in a header: its name; else it is the member `Signature` of the body. */
  readonly header?: string;
  /** Signatures of the same content by other means. */
  readonly others?: (signed: Signed) => readonly string[];
}

interface Signed {
  readonly request: SchemeRequest;
  readonly signingKey: string;
  readonly settings: Readonly<Record<string, string>>;
}

const hmacs = (content: string, key: string): readonly string[] =>
  ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"].map((hash) =>
    createHmac(hash, key).update(content).digest("base64"),
  );

const rsas = (content: string, key: string): readonly string[] => [
  ...["sha1", "sha512"].map((hash) => sign(hash, Buffer.from(content), key).toString("base64")),
  sign("sha256", Buffer.from(content), { key, padding: constants.RSA_PKCS1_PSS_PADDING }).toString("base64"),
];

const handWritten: readonly HandWritten[] = [
  {
    name: "twilio",
    encoding: "base64",
    header: "X-Twilio-Signature",
    others: ({ request, signingKey }) => hmacs(request.url, signingKey),
  },
  {
    name: "hubspot",
    encoding: "base64",
    header: "X-HubSpot-Signature-v3",
    others: ({ request, signingKey }) =>
      hmacs(`${request.method}${request.url}${Buffer.from(request.body)}${nowMs}`, signingKey),
  },
  {
    name: "websub",
    encoding: "hex",
    prefix: "sha256=",
    header: "X-Hub-Signature",
    settings: { topic: "https://example.com/feed", algorithms: "sha256" },
    others: ({ request, signingKey }) =>
      ["md5", "sha1", "sha512"].flatMap((hash) => {
        const digest = createHmac(hash, signingKey).update(request.body).digest("hex");
        return [`${hash}=${digest}`, `sha256=${digest}`];
      }),
  },
  {
    name: "paypal",
    encoding: "base64",
    header: "PAYPAL-TRANSMISSION-SIG",
    settings: { webhook_id: "1JE4291016473214C" },
    others: ({ request, signingKey, settings }) => {
      const [id, time] = ["paypal-transmission-id", "paypal-transmission-time"].map((name) => headerOf(request, name));
      return rsas(`${id}|${time}|${settings.webhook_id}|${crc32(request.body)}`, signingKey);
    },
  },
  {
    name: "google-pubsub",
    encoding: "base64url",
    header: "Authorization",
    settings: { audience: "https://example.com/in/a", email: "push@project.iam.gserviceaccount.com" },
    others: ({ request, signingKey }) => {
      const [signed = ""] = /(?<=Bearer )[^.]+[.][^.]+/.exec(headerOf(request, "authorization") ?? "") ?? [];
      return rsas(signed, signingKey).map(
        (text) => `Bearer ${signed}.${Buffer.from(text, "base64").toString("base64url")}`,
      );
    },
  },
  {
    name: "aws-sns",
    encoding: "base64",
    settings: { topic_arn: "arn:aws:sns:us-east-1:123456789012:orders", signature_version: "2" },
    others: ({ request, signingKey }) => {
      const said = JSON.parse(Buffer.from(request.body).toString());
      const names = ["Message", "MessageId", "Timestamp", "TopicArn", "Type"];
      return rsas(names.map((name) => `${name}\n${said[name]}\n`).join(""), signingKey);
    },
  },
];

const reasons: readonly Refusal["reason"][] = ["signature_mismatch", "signature_malformed"];

for (const { name, encoding, prefix = "", settings = {}, header, others } of handWritten) {
  const scheme: Scheme = presets.get(name) ?? assert.fail(name);

  const aRequest = () => {
    const { secret, signingKey } = scheme.signer!.makeSecret(randomBytes);
    const request = scheme.signer!.sign(aDraft(), { signingKey, nowMs, settings });
    const secrets = scheme.secret === null ? [] : [secret];
    return { request, signingKey, settings, context: { secrets, settings, nowMs, fetchText: async () => secret } };
  };
  const withSignature = (request: SchemeRequest, change: (value: string) => string): SchemeRequest => {
    if (header !== undefined) return withHeader(request, header, (value) => [change(value)]);
    const said = JSON.parse(Buffer.from(request.body).toString());
    return { ...request, body: Buffer.from(JSON.stringify({ ...said, Signature: change(said.Signature) })) };
  };

  describe(`a request by ${name}`, () => {
    it("is not believed with a signature that was cut, made longer, or written otherwise", async () => {
      const tried = aRequest();
      assert.ok((await verdictOf(scheme, tried)).ok);
      const { signature, algorithm } = completeScheme({ signature: { place: "header:x", encoding, prefix } });
      for (const [what, change] of Object.entries(signatureChanges({ signature, algorithm }))) {
        const request = withSignature(tried.request, (value) => {
          assert.notEqual(change(value), value, what);
          return change(value);
        });
        await assertRefused(scheme, { ...tried, request }, reasons);
      }
    });

    it("is not believed when another algorithm made its signature", async () => {
      const tried = aRequest();
      const right = header === undefined ? null : headerOf(tried.request, header);
      const made = (others?.(tried) ?? []).filter((text) => text !== right);
      assert.ok(made.length > 2);
      for (const text of made) {
        await assertRefused(scheme, { ...tried, request: withSignature(tried.request, () => text) }, reasons);
      }
    });

    if (header === undefined) return;

    it("is not believed without its signature, or with two", async () => {
      const tried = aRequest();
      const changed = (change: (value: string) => readonly string[]) => ({
        ...tried,
        request: withHeader(tried.request, header, change),
      });
      await assertRefused(
        scheme,
        changed(() => []),
        ["signature_missing"],
      );
      for (const twice of [(value: string) => [value, value], (value: string) => ["", value]]) {
        await assertRefused(scheme, changed(twice), ["signature_repeated"]);
      }
    });

    if (name === "google-pubsub") return;

    it("is not believed with another body", async () => {
      const tried = aRequest();
      const { body } = tried.request;
      for (const other of [
        Buffer.concat([body, Buffer.from("\n")]),
        Buffer.concat([Buffer.from("\ufeff"), body]),
        body.subarray(0, -1),
        Buffer.alloc(0),
      ]) {
        await assertRefused(scheme, { ...tried, request: { ...tried.request, body: other } }, reasons);
      }
    });

    if (scheme.secret === null) return;

    it("is not believed when an empty secret signed it", async () => {
      const tried = aRequest();
      const request = scheme.signer!.sign(aDraft(), { signingKey: "", nowMs, settings });
      const refusing = ["secret_unusable", "secret_missing", ...reasons] as const;
      await assertRefused(scheme, { request, context: tried.context }, refusing);
      await assertRefused(scheme, { request, context: { ...tried.context, secrets: [""] } }, refusing);
    });
  });
}
