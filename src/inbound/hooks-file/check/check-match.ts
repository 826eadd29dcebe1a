/** What can be wrong with a `match`. */
import { didYouMean } from "../../../config/nearest-name.ts";
import { canonicalHeader } from "../canonical-header.ts";
import { at, objectOf } from "../decode-hooks.ts";
import { type MatchRule, matchTypes, signatureDigests } from "../hook.ts";
import { parseRange } from "../ip-range.ts";
import type { ShapedObject } from "../shaped-value.ts";
import { checkValueSource } from "./check-values.ts";
import type { HookNotes } from "./hook-notes.ts";
import { isSignature } from "./rule-strength.ts";

const secretLengthMin = 16;
const words = /secret|password|passwd|token|change|key|example|sample|test|dummy|default|foo|bar|here|goes|xxx/g;

/** `my-secret-goes-here`, `<your token>`, `xxxxxxxx`: what stands for a secret that is still to be set. */
function isPlaceholder(secret: string): boolean {
  const text = secret.toLowerCase();
  const rest = text.replace(words, "").replace(/your|super|this|put|the|top|my|me/g, "");
  return new Set(text).size < 4 || (rest !== text && !/[a-z]/.test(rest.replaceAll("x", "")));
}

export function checkMatch(match: MatchRule, source: ShapedObject | null, notes: HookNotes): void {
  const types: readonly string[] = matchTypes;
  if (!types.includes(match.type)) {
    const sentence =
      match.type === ""
        ? "A `match` without a `type`."
        : `There is no type \`${match.type}\`.${didYouMean(match.type, types)}`;
    notes.add("unknown-type", source, "type", sentence);
    return;
  }
  checkKeys(match, source, notes);
  if (match.type === "ip-whitelist") checkRanges(match, source, notes);
  else if (match.type !== "scalr-signature")
    checkValueSource(match.parameter, objectOf(at(source, "parameter")) ?? source, notes);
  if (match.type === "regex") checkRegex(match, source, notes);
  if (isSignature(match)) checkSignature(match, source, notes);
}

const keysOf: Readonly<Record<string, readonly string[]>> = {
  value: ["type", "value", "parameter"],
  regex: ["type", "regex", "parameter"],
  "ip-whitelist": ["type", "ip-range"],
  "scalr-signature": ["type", "secret"],
};

function checkKeys(match: MatchRule, source: ShapedObject | null, notes: HookNotes): void {
  const used = keysOf[match.type] ?? ["type", "secret", "parameter"];
  for (const key of source?.nodes.keys() ?? []) {
    if (!used.includes(key))
      notes.add("ignored-key", source, key, `\`${key}\` means nothing to the type \`${match.type}\`.`);
  }
  const headers = match.parameter.headersToAddToSignaturePayload;
  if (headers.length > 0 && !signatureDigests.has(match.type)) {
    notes.add("ignored-key", source, "parameter", `No header is added to what \`${match.type}\` looks at.`);
  }
  for (const name of signatureDigests.has(match.type) ? headers : []) {
    const canonical = canonicalHeader(name);
    if (canonical === name) continue;
    const advice = `Write \`${canonical}\`.`;
    notes.add("unsigned-header", source, "parameter", {
      sentence: `The header \`${name}\` is never found by this name.`,
      advice,
    });
  }
}

function checkRegex(match: MatchRule, source: ShapedObject | null, notes: HookNotes): void {
  const { source: expression } = match.regex;
  const problem = match.regex.problem();
  if (problem !== null) {
    notes.add("bad-regex", source, "regex", `\`${expression}\` is no expression: ${problem}.`);
    return;
  }
  const flagless = expression.replace(/^\(\?[a-zA-Z]+\)/, "");
  const isAnchored = /^(?:\^|\\A)/.test(flagless) && /(?:\$|\\z)$/.test(flagless);
  // Of `^a|b$` each half is open at one end.
  const hasOpenBranch = /\|/.test(flagless.replace(/\([^()]*\)|\[[^\]]*\]|\\./g, ""));
  if (isAnchored && !hasOpenBranch) return;
  const sentence = `\`${expression}\` is satisfied by a part of the value: ${match.parameter.source} \`${match.parameter.name}\` may hold more.`;
  notes.add("loose-regex", source, "regex", sentence);
}

function checkRanges(match: MatchRule, source: ShapedObject | null, notes: HookNotes): void {
  const ranges = match.ipRange.split(/\s+/).filter((range) => range !== "");
  if (ranges.length === 0) notes.add("bad-range", source, "ip-range", "No address is in an empty `ip-range`.");
  for (const range of ranges) {
    const parsed = parseRange(range, { isWideIpv6: false });
    if (parsed === null) notes.add("bad-range", source, "ip-range", `\`${range}\` is no address and no range.`);
    else if (parsed.bits === 0) notes.add("whole-range", source, "ip-range", `Every address is in \`${range}\`.`);
    else if (range.includes(":") && !range.includes("/")) {
      notes.add(
        "single-ipv6",
        source,
        "ip-range",
        `\`${range}\` is one address here, and its whole /32 in adnanh/webhook.`,
      );
    }
  }
}

function checkSignature(match: MatchRule, source: ShapedObject | null, notes: HookNotes): void {
  const { secret } = match;
  if (secret === "") notes.add("weak-secret", source, "secret", "The secret is empty: everyone knows it.");
  else if (secret.length < secretLengthMin) {
    notes.add("weak-secret", source, "secret", `The secret has ${secret.length} characters: it can be guessed.`);
  } else if (isPlaceholder(secret)) {
    notes.add("weak-secret", source, "secret", "The secret looks like one that was never set.");
  }
  if (secret !== secret.trim())
    notes.add("padded-secret", source, "secret", "White space stands before or behind the secret.");
  if (match.type.startsWith("payload-hash-")) {
    notes.add(
      "old-name",
      source,
      "type",
      `\`${match.type}\` is the old name of \`${match.type.replace("hash", "hmac")}\`.`,
    );
  }
  if (signatureDigests.get(match.type) === "sha1")
    notes.add("sha1", source, "type", "SHA-1 is no longer taken for signatures.");
}
