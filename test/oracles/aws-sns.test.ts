/** An independent validator of SNS messages believes what ours signs, and both refuse the same. */
import assert from "node:assert/strict";
import { it } from "node:test";
import Validator from "sns-payload-validator";
import { aRequest, isBelieved, ourRequest, schemeNamed, textOf } from "./a-provider-request.ts";

const scheme = schemeNamed("aws-sns");
const topic = "arn:aws:sns:us-east-1:123456789012:orders";

for (const version of ["1", "2"]) {
  it(`sns-payload-validator believes what ours signs, and refuses what ours refuses (version ${version})`, async () => {
    const settings = { topic_arn: topic, signature_version: version };
    const body = Buffer.from(JSON.stringify({ Message: "a\nb Łukasz 😀", Subject: "x" }));
    const { request, secret } = ourRequest(scheme, aRequest({ body }), settings);
    const said = JSON.parse(textOf(request));
    const validator = new Validator();
    // Its own cache, so that it fetches nothing.
    (validator as unknown as { certCache: Map<string, string> }).certCache.set(said.SigningCertURL, secret);
    for (const [expected, message] of [
      [true, said],
      [false, { ...said, Message: "other" }],
      [false, { ...said, Subject: undefined }],
      [false, { ...said, SignatureVersion: "3" }],
      [false, { ...said, SigningCertURL: "https://sns.us-east-1.amazonaws.com.evil.com/x.pem" }],
      [false, { ...said, Signature: `AAAA${said.Signature.slice(4)}` }],
    ] as const) {
      const theirs = await validator.validate({ ...message }).then(
        () => true,
        () => false,
      );
      assert.equal(theirs, expected);
      const changed = { ...request, body: Buffer.from(JSON.stringify(message)) };
      assert.equal(await isBelieved(scheme, changed, { settings, fetchText: async () => secret }), expected);
    }
  });
}
