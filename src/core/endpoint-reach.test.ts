import assert from "node:assert/strict";
import { it } from "node:test";
import { type Authorization, authorizationRefusal, needsVerification } from "./endpoint-reach.ts";
import { limits } from "./limits.ts";

it("a receiver is asked when its URL, or how it is asked, is new", () => {
  const url = "https://a.example/";
  const none = { url, verification: "none" } as const;
  const challenge = { url, verification: "challenge" } as const;
  const cases = [
    [null, none, false],
    [null, challenge, true],
    [none, none, false],
    [none, challenge, true],
    [challenge, challenge, false],
    [challenge, { ...challenge, url: "https://b.example/" }, true],
    [challenge, { ...challenge, verification: "cloudevents" }, true],
    [challenge, { ...none, url: "https://b.example/" }, false],
  ] as const;
  for (const [before, after, expected] of cases) {
    assert.equal(needsVerification(before, after), expected, JSON.stringify([before, after]));
  }
});

const oauth = (members: object): Authorization => ({
  type: "oauth2",
  tokenUrl: "https://a.example/token",
  clientId: "c",
  clientSecret: "s",
  scope: null,
  audience: null,
  clientAuthentication: "basic",
  ...members,
});

it("credentials that a header or a form can carry are taken", () => {
  for (const authorization of [
    { type: "basic", username: "", password: "" },
    { type: "basic", username: "jürgen", password: "a:b ü" },
    { type: "bearer", token: "mF_9.B5f-4.1JqM==" },
    oauth({}),
    oauth({ clientId: "with space", clientSecret: "~!%", scope: "a b", audience: "https://x/" }),
  ] satisfies Authorization[]) {
    assert.equal(authorizationRefusal(authorization), null, JSON.stringify(authorization));
  }
});

it("others are refused by the member that does not fit, which is not repeated", () => {
  const cases: [authorization: Authorization, member: string][] = [
    [{ type: "basic", username: "a:hidden", password: "" }, "username"],
    [{ type: "basic", username: "\nhidden", password: "" }, "username"],
    [{ type: "basic", username: "", password: "hidden\u0000" }, "password"],
    [{ type: "basic", username: "", password: "hidden\ud800" }, "password"],
    [{ type: "bearer", token: "hidden hidden" }, "token"],
    [{ type: "bearer", token: "hiddenü" }, "token"],
    [oauth({ clientId: "hidden\n" }), "client_id"],
    [oauth({ clientSecret: "hiddenü" }), "client_secret"],
    [oauth({ scope: "\t" }), "scope"],
    [oauth({ audience: "ü" }), "audience"],
    [oauth({ tokenUrl: `https://hidden/${"x".repeat(limits.urlLength)}` }), "token_url"],
  ];
  for (const [authorization, member] of cases) {
    const refusal = authorizationRefusal(authorization);
    assert.equal(refusal?.member, member, JSON.stringify(authorization));
    assert.doesNotMatch(refusal?.sentence ?? "", /hidden/);
  }
});
