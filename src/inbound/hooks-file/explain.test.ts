import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { it } from "node:test";
import { nothingAllowed } from "./allowances.ts";
import { explainRequest } from "./explain.ts";
import { readHooksFile } from "./read-hooks-file.ts";

const secret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const hooks = [
  {
    id: "deploy",
    "execute-command": "/bin/echo",
    "http-methods": ["post "],
    "success-http-response-code": 202,
    "trigger-rule-mismatch-http-response-code": 403,
    "pass-arguments-to-command": [
      { source: "payload", name: "ref" },
      { source: "header", name: "X-Token" },
    ],
    "pass-environment-to-command": [{ source: "payload", name: "ref", envname: "REF" }],
    "trigger-rule": {
      and: [
        { match: { type: "payload-hmac-sha256", secret, parameter: { source: "header", name: "X-Signature" } } },
        { match: { type: "value", value: "a-token-of-ours", parameter: { source: "header", name: "X-Token" } } },
        { not: { match: { type: "regex", regex: "^refs/tags/", parameter: { source: "payload", name: "ref" } } } },
      ],
    },
  },
];

function explain(body: string, headers: readonly string[], method = "POST") {
  const options = { name: "h", isTemplate: false, allowed: nothingAllowed, environment: {} };
  const [hook] = readHooksFile(JSON.stringify(hooks), options).hooks;
  assert.ok(hook);
  const bytes = Buffer.from(body);
  const arrived = { method, target: "/hooks/deploy", headers, body: bytes, remoteAddress: "127.0.0.1:1" };
  return explainRequest(hook, arrived, { nowMs: 0, allowed: nothingAllowed });
}

const sign = (body: string): string[] => ["X-Signature", createHmac("sha256", secret).update(body).digest("hex")];
const json = ["Content-Type", "application/json"];
const body = '{"ref":"refs/heads/main"}';

it("a request that is taken shows the command and what it is given", () => {
  const explained = explain(body, [...json, ...sign(body), "X-Token", "a-token-of-ours"]);
  assert.deepEqual([explained.decision, explained.status], ["run", 202]);
  assert.deepEqual(explained.command?.arguments, ["refs/heads/main", "(hidden, 15 characters)"]);
  assert.deepEqual(explained.command?.environment, [["REF", "refs/heads/main"]]);
});

it("a request that is refused shows where, and what was not come to", () => {
  const explained = explain(body, [...json, ...sign(body), "X-Token", "another"]);
  assert.deepEqual([explained.decision, explained.status, explained.command], ["refuse", 403, null]);
  assert.deepEqual(
    explained.tree?.children.map(({ matched }) => matched),
    [true, false, null],
  );
});

it("a wrong signature is a failure, another method is told before any rule", () => {
  const explained = explain(body, [...json, "X-Signature", "00"]);
  assert.deepEqual([explained.decision, explained.status], ["fail", 500]);
  assert.equal(explained.tree?.children[0]?.failure, "invalid payload signature");
  assert.deepEqual([explain(body, [], "GET").decision, explain(body, [], "GET").tree], ["method", null]);
});

it("neither secrets nor tokens are shown", () => {
  for (const token of ["a-token-of-ours", "another-token-of-theirs"]) {
    const shown = JSON.stringify(explain(body, [...json, ...sign(body), "X-Token", token]));
    assert.ok(!shown.includes(secret));
    assert.ok(!shown.includes("token-of"), shown);
  }
});
