import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { it } from "node:test";
import fc from "fast-check";
import { aHookArgument } from "../../../test/flows/a-hook-argument.ts";
import { type Allowed, everythingAllowed, nothingAllowed } from "./allowances.ts";
import { Expression } from "./expression.ts";
import type { HookArgument, MatchRule, Rule } from "./hook.ts";
import type { HookRequest } from "./hook-request.ts";
import { decisionOf, evaluateRule } from "./rules.ts";

const body = new TextEncoder().encode("the body");

function aRequest(headers: Record<string, string>, parts: Partial<HookRequest> = {}): HookRequest {
  const empty = new Map();
  const all = new Map(Object.entries(headers));
  return { method: "POST", remoteAddress: "192.0.2.7:5", body, headers: all, query: empty, payload: empty, ...parts };
}

function header(name: string, headersToAddToSignaturePayload: readonly string[] = []): HookArgument {
  return { ...aHookArgument("header", name), headersToAddToSignaturePayload };
}

function aMatch(parts: Partial<MatchRule>): Rule {
  const match = {
    type: "value",
    regex: new Expression(""),
    secret: "",
    value: "",
    parameter: header("X"),
    ipRange: "",
    ...parts,
  };
  return { kind: "match", match };
}

interface Told {
  readonly allowed?: Allowed;
  readonly isSoft?: boolean;
  readonly nowMs?: number;
}

function told(rule: Rule, request: HookRequest, { allowed = nothingAllowed, isSoft = false, nowMs = 0 }: Told = {}) {
  const { matched, failure } = evaluateRule(rule, request, { nowMs, allowed, isSoft });
  return failure === null ? matched : `${matched} ${failure.kind}`;
}

const sign = (digest: string, secret: string, content: string | Uint8Array = body): string =>
  createHmac(digest, secret).update(content).digest("hex");

it("a signature may stand bare, behind its prefix, or among others with their prefixes", () => {
  for (const digest of ["sha1", "sha256", "sha512"]) {
    const good = sign(digest, "secret");
    for (const type of [`payload-hmac-${digest}`, `payload-hash-${digest}`]) {
      const rule = aMatch({ type, secret: "secret", parameter: header("S") });
      const of = (value: string) => told(rule, aRequest({ S: value }));
      assert.equal(of(good), true);
      assert.equal(of(`${digest}=${good}`), true);
      assert.equal(of(`${digest}=00,${digest}=${good},t=1`), true);
      assert.equal(of(`${good},${digest}=00`), "false signature", "without a prefix it does not count among others");
      assert.equal(of(` ${good}`), "false signature");
      assert.equal(of(good.toUpperCase()), "false signature");
      assert.equal(of(good.slice(0, -1)), "false signature");
      assert.equal(of(`${good}0`), "false signature");
      assert.equal(of(""), "false signature");
      assert.equal(told(rule, aRequest({})), "false missing");
    }
  }
});

it("an empty secret signs nothing", () => {
  const rule = aMatch({ type: "payload-hmac-sha256", secret: "", parameter: header("S") });
  assert.equal(told(rule, aRequest({ S: sign("sha256", "") })), "false other");
});

it("headers are added to what is signed by the very name that is written", () => {
  const parameter = header("S", ["X-Time", "x-time", "X-None"]);
  const rule = aMatch({ type: "payload-hmac-sha256", secret: "s", parameter });
  assert.equal(told(rule, aRequest({ S: sign("sha256", "s", "the body12"), "X-Time": "12" })), true);
});

it("an expression is RE2's, found anywhere; one that is none fails when it is met", () => {
  const of = (regex: string, value: string) =>
    told(aMatch({ type: "regex", regex: new Expression(regex) }), aRequest({ X: value }));
  assert.equal(of("b+", "abbc"), true);
  assert.equal(of("^b+$", "abbc"), false);
  assert.equal(of("(?i)ABBC", "abbc"), true);
  assert.equal(of("", ""), true);
  assert.equal(of("(?=b)", "b"), "false other");
  assert.equal(of("(a+)+$", `${"a".repeat(30_000)}b`), false, "in linear time");
});

it("a type that there is not is never satisfied, and says nothing", () => {
  assert.equal(told(aMatch({ type: "valeu" }), aRequest({ X: "" })), false);
  assert.equal(told(aMatch({ type: "" }), aRequest({})), "false missing");
});

it("a rule with nothing in it is never satisfied, an empty `and` always, an empty `or` never", () => {
  const request = aRequest({});
  assert.equal(told({ kind: "none" }, request), false);
  assert.equal(told({ kind: "not", rule: { kind: "none" } }, request), true);
  assert.equal(told({ kind: "and", rules: [] }, request), true);
  assert.equal(told({ kind: "or", rules: [] }, request), false);
});

it("a `not` around what is missing is satisfied, and the command runs", () => {
  const result = evaluateRule({ kind: "not", rule: aMatch({}) }, aRequest({}), {
    nowMs: 0,
    allowed: nothingAllowed,
    isSoft: false,
  });
  assert.deepEqual([result.matched, result.failure?.kind, decisionOf(result)], [true, "missing", "run"]);
});

it("a wrong signature below an `or` ends the evaluation, unless failures are soft", () => {
  const signature = aMatch({ type: "payload-hmac-sha256", secret: "s", parameter: header("S") });
  const rule: Rule = { kind: "or", rules: [signature, aMatch({ value: "v" })] };
  const request = aRequest({ S: "wrong", X: "v" });
  assert.equal(told(rule, request), "false signature");
  assert.equal(told(rule, request, { isSoft: true }), true);
  assert.equal(told(rule, aRequest({ X: "v" })), true, "a missing one is passed over anyway");
});

it("an IPv6 address alone is itself, and its /32 where that is allowed", () => {
  const rule = aMatch({ type: "ip-whitelist", ipRange: "2001:db8::1" });
  const from = (remoteAddress: string, allowed: Allowed) => told(rule, aRequest({}, { remoteAddress }), { allowed });
  assert.equal(from("[2001:db8::1]:9", nothingAllowed), true);
  assert.equal(from("[2001:db8:ffff::9]:9", nothingAllowed), false);
  assert.equal(from("[2001:db8:ffff::9]:9", everythingAllowed), true);
});

it("a Scalr signature is over body and date, and five minutes old at most", () => {
  const date = "Fri 08 Sep 2017 11:24:32 UTC";
  const sentMs = Date.UTC(2017, 8, 8, 11, 24, 32);
  const rule = aMatch({ type: "scalr-signature", secret: "s" });
  const signed = { Date: date, "X-Signature": sign("sha1", "s", `the body${date}`) };
  assert.equal(told(rule, aRequest(signed), { nowMs: sentMs + 300_000 }), true);
  assert.equal(told(rule, aRequest(signed), { nowMs: sentMs - 300_000 }), true);
  assert.equal(told(rule, aRequest(signed), { nowMs: sentMs + 300_001 }), "false signature");
  assert.equal(told(rule, aRequest({ ...signed, "X-Signature": "00" }), { nowMs: sentMs }), "false signature");
  assert.equal(told(rule, aRequest({ Date: date }), { nowMs: sentMs }), false);
  const bad = { Date: "yesterday", "X-Signature": sign("sha1", "s", "the bodyyesterday") };
  assert.equal(told(rule, aRequest(bad), { nowMs: sentMs }), "false other");
});

it("what was not come to is told apart from what failed", () => {
  const rule: Rule = { kind: "and", rules: [aMatch({ value: "no" }), { kind: "not", rule: aMatch({}) }] };
  const { tree } = evaluateRule(rule, aRequest({ X: "v" }), { nowMs: 0, allowed: nothingAllowed, isSoft: false });
  assert.deepEqual(
    tree.children.map(({ matched }) => matched),
    [false, null],
  );
  assert.equal(tree.children[1]?.children[0]?.matched, null);
});

class Thrown extends Error {
  readonly kind: string;
  readonly matched: boolean;

  constructor(kind: string, matched: boolean) {
    super(kind);
    this.kind = kind;
    this.matched = matched;
  }
}

/** The same rules with exceptions for failures. */
function model(rule: Rule, request: HookRequest, isSoft: boolean): boolean {
  if (rule.kind === "none") return false;
  if (rule.kind === "match") {
    const result = told(rule, request);
    if (typeof result === "boolean") return result;
    throw new Thrown(result.split(" ")[1] ?? "", false);
  }
  if (rule.kind === "not") {
    try {
      return !model(rule.rule, request, isSoft);
    } catch (error) {
      throw error instanceof Thrown ? new Thrown(error.kind, !error.matched) : error;
    }
  }
  if (rule.kind === "and") {
    for (const part of rule.rules) {
      try {
        if (!model(part, request, isSoft)) return false;
      } catch (error) {
        throw error instanceof Thrown ? new Thrown(error.kind, false) : error;
      }
    }
    return true;
  }
  for (const part of rule.rules) {
    try {
      if (model(part, request, isSoft)) return true;
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      const isPassedOver = error.kind === "missing" || (isSoft && error.kind === "signature");
      if (!isPassedOver) throw new Thrown(error.kind, false);
      if (error.matched) return true;
    }
  }
  return false;
}

const leaf = fc.constantFrom<Rule>(
  aMatch({ value: "v" }),
  aMatch({ value: "other" }),
  aMatch({ parameter: header("None") }),
  aMatch({ type: "payload-hmac-sha1", secret: "s" }),
  aMatch({ type: "regex", regex: new Expression("(") }),
  { kind: "none" },
);
const { rule: anyRule } = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({ kind: fc.constantFrom("and", "or"), rules: fc.array(tie("rule"), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant("not"), rule: tie("rule") }),
  ),
}));

it("trees of rules come to what a plain reading comes to", () => {
  const request = aRequest({ X: "v" });
  fc.assert(
    fc.property(anyRule, fc.boolean(), (rule, isSoft) => {
      let expected: boolean | string;
      try {
        expected = model(rule, request, isSoft);
      } catch (error) {
        if (!(error instanceof Thrown)) throw error;
        expected = `${error.matched} ${error.kind}`;
      }
      assert.equal(told(rule, request, { isSoft }), expected);
    }),
    { numRuns: 2000 },
  );
});
