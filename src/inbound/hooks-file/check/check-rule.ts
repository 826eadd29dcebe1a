/** What can be wrong with a rule: each part of it, and what it proves as a whole. */
import { at, listOf, objectOf, ruleKeysInOrder } from "../decode-hooks.ts";
import { type Hook, type Rule, signatureDigests } from "../hook.ts";
import type { Shaped, ShapedObject } from "../shaped-value.ts";
import { checkMatch } from "./check-match.ts";
import type { HookNotes } from "./hook-notes.ts";
import { constantOf, contains, isAddress, isProof, isSignature, requires } from "./rule-strength.ts";

export function checkRule(hook: Hook, source: ShapedObject | null, notes: HookNotes): void {
  const rule = hook.triggerRule;
  if (rule === null) {
    notes.add("no-rule", source, null, "The hook has no rule: whoever finds the URL runs the command.");
    return;
  }
  const shaped = at(source, "trigger-rule");
  checkPart(rule, shaped, { notes, isNegated: false });
  const constant = constantOf(rule);
  if (constant === true) notes.add("always-true", source, "trigger-rule", "The rule is satisfied by every request.");
  if (constant === false) notes.add("never-true", source, "trigger-rule", "No request satisfies the rule.");
  if (constant !== null) return;
  checkProof(rule, source, notes);
  checkSoftness(hook, rule, { source, notes });
}

function checkProof(rule: Rule, source: ShapedObject | null, notes: HookNotes): void {
  const hasSignature = contains(rule, isSignature);
  if (hasSignature && !requires(rule, isProof)) {
    const sentence = "The rule has a signature, and can be satisfied without one.";
    notes.add("bypassed-signature", source, "trigger-rule", sentence);
  } else if (!requires(rule, isProof)) {
    if (requires(rule, isAddress)) {
      notes.add("address-only", source, "trigger-rule", "Only the client's address is checked.");
    } else notes.add("no-secret", source, "trigger-rule", "The rule asks for nothing that only the sender knows.");
  }
}

function checkSoftness(
  hook: Hook,
  rule: Rule,
  { source, notes }: { source: ShapedObject | null; notes: HookNotes },
): void {
  const hasOr = (part: Rule): boolean =>
    part.kind === "or" || (part.kind === "and" && part.rules.some(hasOr)) || (part.kind === "not" && hasOr(part.rule));
  if (hook.triggerSignatureSoftFailures && !hasOr(rule)) {
    notes.add("unused-soft-failures", source, "trigger-signature-soft-failures", "The rule has no `or`.");
  }
  const isBodySigned = contains(rule, ({ type }) => signatureDigests.has(type));
  if (isBodySigned && notes.allowed.has("unsigned-multipart")) {
    notes.add("unsigned-multipart", source, "trigger-rule", "A multipart request is not signed by its signature.");
  }
}

interface Around {
  readonly notes: HookNotes;
  readonly isNegated: boolean;
}

function checkPart(rule: Rule, shaped: Shaped, around: Around): void {
  const { notes } = around;
  const source = objectOf(shaped);
  const given = ruleKeysInOrder.filter((key) => at(source, key) !== null);
  if (given.length > 1) {
    notes.add(
      "several-rules",
      source,
      given[1] ?? null,
      `\`${given.slice(1).join("`, `")}\` beside \`${given[0]}\` counts for nothing.`,
    );
  }
  if (rule.kind === "none") notes.add("never-true", source, null, "A rule with nothing in it is never satisfied.");
  else if (rule.kind === "match") {
    checkMatch(rule.match, objectOf(at(source, "match")), notes);
    if (around.isNegated && isSignature(rule.match)) {
      notes.add(
        "negated-signature",
        source,
        "match",
        "A `not` around a signature is satisfied by requests that have none.",
      );
    }
  } else if (rule.kind === "not") {
    checkPart(rule.rule, at(source, "not"), { notes, isNegated: !around.isNegated });
  } else {
    if (rule.rules.length === 0) {
      const comes = rule.kind === "and" ? "always" : "never";
      notes.add(
        rule.kind === "and" ? "always-true" : "never-true",
        source,
        rule.kind,
        `An empty \`${rule.kind}\` is ${comes} satisfied.`,
      );
    }
    const parts = listOf(at(source, rule.kind));
    for (const [index, part] of rule.rules.entries()) checkPart(part, parts[index] ?? null, around);
  }
}
