/** The leaves of a rule: `match` and its types. */
import { createHmac } from "node:crypto";
import { bytesOfText } from "./byte-text.ts";
import type { Expression } from "./expression.ts";
import { type MatchRule, signatureDigests } from "./hook.ts";
import type { HookRequest } from "./hook-request.ts";
import { isInRanges } from "./ip-range.ts";
import { failed, isSame, type MatchResult, type RuleContext } from "./match-result.ts";
import { scalrSignature } from "./scalr-signature.ts";
import { argumentValue } from "./values.ts";

export function matchRequest(rule: MatchRule, request: HookRequest, context: RuleContext): MatchResult {
  if (rule.type === "ip-whitelist") {
    const isWideIpv6 = context.allowed.has("wide-ipv6");
    const inside = isInRanges(request.remoteAddress, rule.ipRange, { isWideIpv6 });
    return typeof inside === "boolean"
      ? { matched: inside, failure: null, value: request.remoteAddress }
      : { ...failed("other", inside.problem), value: request.remoteAddress };
  }
  if (rule.type === "scalr-signature") return scalrSignature(rule.secret, request, context.nowMs);
  const found = argumentValue(rule.parameter, request);
  if (!found.ok) return { matched: false, failure: found.failure, value: null };
  return { ...matchValue(rule, request, found.value), value: found.value };
}

function matchValue(rule: MatchRule, request: HookRequest, value: string): MatchResult {
  if (rule.type === "value") return { matched: isSame(value, rule.value), failure: null, value };
  if (rule.type === "regex") return matchRegex(rule.regex, value);
  const digest = signatureDigests.get(rule.type);
  if (digest === undefined) return { matched: false, failure: null, value };
  if (rule.secret === "") return failed("other", "signature validation secret can not be empty");
  const hmac = createHmac(digest, bytesOfText(rule.secret)).update(request.body);
  for (const name of rule.parameter.headersToAddToSignaturePayload) {
    // By the name as it is written, not in its canonical form.
    const header = request.headers.get(name);
    if (typeof header === "string") hmac.update(bytesOfText(header));
  }
  const expected = hmac.digest("hex");
  const signatures = signaturesOf(value, `${digest}=`);
  if (signatures.some((signature) => isSame(signature, expected))) return { matched: true, failure: null, value };
  return failed("signature", `invalid payload signature${request.body.length === 0 ? " on empty payload" : ""}`);
}

/** Several signatures are divided by commas, and then only those with the prefix count; one may do without it. */
function signaturesOf(value: string, prefix: string): readonly string[] {
  const strip = (text: string): string => (text.startsWith(prefix) ? text.slice(prefix.length) : text);
  if (!value.includes(",")) return [strip(value)];
  return value
    .split(",")
    .filter((part) => part.startsWith(prefix))
    .map(strip);
}

function matchRegex(expression: Expression, value: string): MatchResult {
  const problem = expression.problem();
  if (problem !== null) return failed("other", `error parsing regexp: ${problem}`);
  // A byte that is no character is met by `.` there as U+FFFD.
  return { matched: expression.isIn(value.toWellFormed()), failure: null, value };
}
