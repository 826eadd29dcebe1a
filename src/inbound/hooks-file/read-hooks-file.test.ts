import assert from "node:assert/strict";
import { it } from "node:test";
import { type Allowed, allowances, everythingAllowed, nothingAllowed } from "./allowances.ts";
import { type FindingCode, findingKinds } from "./check/finding-table.ts";
import { readHooksFile } from "./read-hooks-file.ts";

function read(text: string, allowed: Allowed = nothingAllowed) {
  return readHooksFile(text, { name: "hooks.json", isTemplate: false, allowed, environment: {} });
}

const codes = (text: string, allowed?: Allowed): string[] => read(text, allowed).findings.map(({ code }) => code);

const secret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const signature = `{"match":{"type":"payload-hmac-sha256","secret":"${secret}","parameter":{"source":"header","name":"S"}}}`;
const value = '{"match":{"type":"value","value":"v","parameter":{"source":"payload","name":"a"}}}';

/** A hook with which there is nothing wrong, but for what is given. */
const aHook = (keys = "", rule = signature): string =>
  `[{"id":"h","execute-command":"/bin/true","trigger-rule-mismatch-http-response-code":403${keys},"trigger-rule":${rule}}]`;
const aMatch = (keys: string): string => aHook("", `{"and":[${signature},{"match":{${keys}}}]}`);
const anArgument = (keys: string): string => aHook(`,"pass-arguments-to-command":[{${keys}}]`);

const examples: Record<FindingCode, string> = {
  unreadable: "[",
  "no-hooks": "[]",
  "unknown-key": aHook(',"trigger-rules":1'),
  "repeated-key": aHook(',"id":"h"'),
  "other-value": aHook(',"response-message": 010'),
  "no-id": aHook().replace('"id":"h",', ""),
  "repeated-id": aHook().replace(/^\[(.*)\]$/, "[$1,$1]"),
  "missing-command": aHook().replace("/bin/true", ""),
  "no-rule": '[{"id":"h","execute-command":"/bin/true","http-methods":["POST"]}]',
  "always-true": aHook(',"http-methods":["POST"]', '{"and":[]}'),
  "never-true": aHook("", `{"and":[${signature},{}]}`),
  "several-rules": aHook("", `{"and":[${signature}],"or":[]}`),
  "unknown-type": aMatch('"type":"valeu"'),
  "unknown-source": anArgument('"source":"playload","name":"a"'),
  "bad-regex": aMatch('"type":"regex","regex":"(?=x)","parameter":{"source":"payload","name":"a"}'),
  "bad-range": aMatch('"type":"ip-whitelist","ip-range":"10.0.0.300"'),
  "unsigned-header": aHook(
    "",
    signature.replace('"name":"S"', '"name":"S","headers-to-add-to-signature-payload":["x-time"]'),
  ),
  "weak-secret": aHook("", signature.replace(secret, "secret")),
  "padded-secret": aHook("", signature.replace(secret, `${secret} `)),
  "bypassed-signature": aHook(',"http-methods":["POST"]', `{"or":[${signature},${value}]}`),
  "negated-signature": aHook("", `{"and":[${signature},{"not":${signature}}]}`),
  "shell-command": anArgument('"source":"payload","name":"a"').replace("/bin/true", "/bin/bash"),
  "no-secret": aHook(',"http-methods":["POST"]', value),
  "address-only": aHook(',"http-methods":["POST"]', '{"match":{"type":"ip-whitelist","ip-range":"192.0.2.0/24"}}'),
  "whole-range": aMatch('"type":"ip-whitelist","ip-range":"0.0.0.0/0"'),
  "single-ipv6": aMatch('"type":"ip-whitelist","ip-range":"2001:db8::1"'),
  sha1: aHook("", signature.replace("sha256", "sha1")),
  "old-name": aHook("", signature.replace("hmac", "hash")),
  "loose-regex": aMatch('"type":"regex","regex":"^refs/heads/main","parameter":{"source":"payload","name":"ref"}'),
  "ignored-key": aMatch('"type":"value","regex":"x","value":"v","parameter":{"source":"payload","name":"a"}'),
  "unsigned-multipart": aHook(),
  "any-method": aHook("", '{"match":{"type":"ip-whitelist","ip-range":"192.0.2.0/24"}}'),
  "unknown-method": aHook(',"http-methods":["PSOT"]'),
  "unknown-status": aHook(',"success-http-response-code":299'),
  "refused-as-200": aHook().replace(',"trigger-rule-mismatch-http-response-code":403', ""),
  "unused-soft-failures": aHook(',"trigger-signature-soft-failures":true'),
  "unparsed-path": aHook(',"parse-parameters-as-json":[{"source":"payload","name":"a.b"}]'),
  "dangerous-variable": aHook(
    ',"pass-environment-to-command":[{"source":"payload","name":"a","envname":"LD_PRELOAD"}]',
  ),
};

it("with a good hook there is nothing wrong", () => {
  assert.deepEqual(codes(aHook()), []);
});

it("every finding is found by its example, and nothing else is", () => {
  for (const [code, text] of Object.entries(examples)) {
    const allowed = code === "unsigned-multipart" ? new Set(["unsigned-multipart"] as const) : nothingAllowed;
    const besides: Record<string, string[]> = { "address-only": [], "any-method": ["address-only"] };
    const found = new Set(codes(text, allowed));
    assert.deepEqual(found, new Set([code, ...(besides[code] ?? [])]), `${code}: ${text}`);
  }
});

it("an allowance makes a warning of its errors, and of no other", () => {
  for (const { name } of allowances) {
    for (const [code, text] of Object.entries(examples)) {
      const kind = findingKinds[code as FindingCode];
      const found = read(text, new Set([name])).findings.find((finding) => finding.code === code);
      const expected = kind.allowance === name ? "warning" : kind.severity;
      assert.equal(found?.severity ?? "none", code === "unsigned-multipart" && name !== code ? "none" : expected, code);
    }
  }
});

it("with everything allowed only what nobody reads is an error", () => {
  for (const [code, text] of Object.entries(examples)) {
    const errors = read(text, everythingAllowed).findings.filter(({ severity }) => severity === "error");
    assert.equal(errors.length, code === "unreadable" ? 1 : 0, code);
  }
});

it("findings name place, hook and the key that is meant", () => {
  const text = '[\n  {\n    "id": "h",\n    "execute-comand": "/bin/true"\n  }\n]';
  const [found] = read(text).findings.filter(({ code }) => code === "unknown-key");
  assert.deepEqual([found?.line, found?.column], [4, 5]);
  assert.match(found?.sentence ?? "", /Did you mean `execute-command`\?/);
  const inside = read(aHook("", signature.replace('"parameter":{', '"parameter":{"secret":"x",'))).findings[0];
  assert.match(inside?.sentence ?? "", /`secret` is no key of a value. It belongs to a match./);
  assert.equal(read(examples["weak-secret"]).findings[0]?.hookId, "h");
});

it("no finding shows a secret", () => {
  const weak = ["hunter2-hunter", "12345678901234567890", " 0123456789abcdef0123 "];
  for (const given of weak) {
    for (const written of [given, JSON.stringify(given)]) {
      const text = aHook("", signature.replace(`"${secret}"`, written));
      const said = JSON.stringify(read(text).findings);
      assert.ok(!said.includes(given.trim()), said);
    }
  }
});

it("keys are read without regard to case, null is nothing given, and numbers are texts where texts are wanted", () => {
  const [hook] = read(
    '[{"ID":"x","id":7,"Execute-Command":true,"http-methods":null,"trigger-rule":null}]',
    everythingAllowed,
  ).hooks;
  assert.deepEqual([hook?.id, hook?.executeCommand, hook?.httpMethods, hook?.triggerRule], ["7", "true", [], null]);
});

it("a value of another kind is a mistake of the whole file", () => {
  for (const keys of [
    '"success-http-response-code":"200"',
    '"success-http-response-code":200.5',
    '"include-command-output-in-response":"yes"',
    '"http-methods":"POST"',
    '"trigger-rule":[]',
    '"id":["x"]',
    '"unknown":.nan',
  ]) {
    const file = read(`[{"id":"h","execute-command":"/bin/true"},{${keys}}]`, everythingAllowed);
    assert.deepEqual([file.hooks.length, typeof file.failure], [0, "string"], keys);
  }
  assert.equal(read('{"id":"h"}', everythingAllowed).failure !== null, true);
  assert.deepEqual(read("", everythingAllowed).failure, null);
});

it("a file that is nested beyond measure is unreadable, and no more", () => {
  assert.deepEqual(codes("[".repeat(100_000)), ["unreadable"]);
});

it("a command that cannot be run is found where somebody looks", () => {
  const options = { name: "h", isTemplate: false, allowed: nothingAllowed, environment: {} };
  const { findings } = readHooksFile(aHook(), { ...options, commandProblem: () => "It is gone." });
  assert.deepEqual(
    findings.map(({ code, sentence }) => [code, sentence]),
    [["missing-command", "It is gone."]],
  );
});
