/** What a rule proves of whoever sends a request. */
import { type MatchRule, type Rule, signatureDigests } from "../hook.ts";

export const isSignature = (match: MatchRule): boolean =>
  signatureDigests.has(match.type) || match.type === "scalr-signature";

/** A value that only who knows a secret can write, such as a token in a header. */
export function isToken(match: MatchRule): boolean {
  if (match.type !== "value" || match.value.length < 8) return false;
  const { source, name } = match.parameter;
  return ["header", "url", "query", "payload"].includes(source) && /token|secret|key|auth|passw|sign/i.test(name);
}

/** Whether every request that satisfies the rule satisfies such a `match`, outside of any `not`. */
export function requires(rule: Rule, isProof: (match: MatchRule) => boolean): boolean {
  if (rule.kind === "match") return isProof(rule.match);
  if (rule.kind === "and") return rule.rules.some((part) => requires(part, isProof));
  if (rule.kind === "or") return rule.rules.length > 0 && rule.rules.every((part) => requires(part, isProof));
  return false;
}

export function contains(rule: Rule, isWanted: (match: MatchRule) => boolean): boolean {
  if (rule.kind === "match") return isWanted(rule.match);
  if (rule.kind === "not") return contains(rule.rule, isWanted);
  return rule.kind === "none" ? false : rule.rules.some((part) => contains(part, isWanted));
}

export const isProof = (match: MatchRule): boolean => isSignature(match) || isToken(match);
export const isAddress = (match: MatchRule): boolean => match.type === "ip-whitelist";

/** What the rule comes to whatever the request is; null where that depends on the request. */
export function constantOf(rule: Rule): boolean | null {
  if (rule.kind === "none") return false;
  if (rule.kind === "match") return null;
  if (rule.kind === "not") {
    const inner = constantOf(rule.rule);
    return inner === null ? null : !inner;
  }
  const parts = rule.rules.map(constantOf);
  const decisive = rule.kind === "or";
  if (parts.includes(decisive)) return decisive;
  return parts.every((part) => part === !decisive) ? !decisive : null;
}
