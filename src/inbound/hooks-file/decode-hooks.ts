/** The hooks of a file's tree. */
import { Expression } from "./expression.ts";
import type { Hook, HookArgument, HookHeader, MatchRule, Rule } from "./hook.ts";
import { fileShape } from "./hook-shape.ts";
import { type Shaped, type ShapedObject, type ShapeNotes, shapedValue } from "./shaped-value.ts";
import type { FileNode } from "./yaml/file-node.ts";

/** A hook, and where the file says it. Null for a hook that is `null`: one with nothing in it. */
export interface PlacedHook {
  readonly hook: Hook;
  readonly source: ShapedObject | null;
}

/** Throws `UnreadableFile`. */
export function decodeHooks(tree: FileNode | null, notes: ShapeNotes): readonly PlacedHook[] {
  const list = tree === null ? null : shapedValue(tree, fileShape, notes);
  return listOf(list).map((item) => ({ hook: hookOf(objectOf(item)), source: objectOf(item) }));
}

function hookOf(object: ShapedObject | null): Hook {
  const rule = at(object, "trigger-rule");
  return {
    id: textAt(object, "id"),
    executeCommand: textAt(object, "execute-command"),
    commandWorkingDirectory: textAt(object, "command-working-directory"),
    responseMessage: textAt(object, "response-message"),
    responseHeaders: listAt(object, "response-headers").map(headerOf),
    includeCommandOutputInResponse: at(object, "include-command-output-in-response") === true,
    includeCommandOutputInResponseOnError: at(object, "include-command-output-in-response-on-error") === true,
    passEnvironmentToCommand: listAt(object, "pass-environment-to-command").map(argumentOf),
    passArgumentsToCommand: listAt(object, "pass-arguments-to-command").map(argumentOf),
    passFileToCommand: listAt(object, "pass-file-to-command").map(argumentOf),
    parseParametersAsJson: listAt(object, "parse-parameters-as-json").map(argumentOf),
    triggerRule: rule === null ? null : ruleOf(rule),
    triggerRuleMismatchHttpResponseCode: wholeAt(object, "trigger-rule-mismatch-http-response-code"),
    triggerSignatureSoftFailures: at(object, "trigger-signature-soft-failures") === true,
    incomingPayloadContentType: textAt(object, "incoming-payload-content-type"),
    successHttpResponseCode: wholeAt(object, "success-http-response-code"),
    httpMethods: listAt(object, "http-methods").map(textOf),
  };
}

/** The first of the four keys that is given, in the order in which they are asked for. */
export const ruleKeysInOrder = ["and", "or", "not", "match"] as const;

export function ruleOf(shaped: Shaped): Rule {
  const object = objectOf(shaped);
  for (const key of ruleKeysInOrder) {
    const value = at(object, key);
    if (value === null) continue;
    if (key === "not") return { kind: "not", rule: ruleOf(value) };
    if (key === "match") return { kind: "match", match: matchOf(value) };
    return { kind: key, rules: listOf(value).map(ruleOf) };
  }
  return { kind: "none" };
}

function matchOf(shaped: Shaped): MatchRule {
  const object = objectOf(shaped);
  return {
    type: textAt(object, "type"),
    regex: new Expression(textAt(object, "regex")),
    secret: textAt(object, "secret"),
    value: textAt(object, "value"),
    parameter: argumentOf(at(object, "parameter")),
    ipRange: textAt(object, "ip-range"),
  };
}

function argumentOf(shaped: Shaped): HookArgument {
  const object = objectOf(shaped);
  return {
    source: textAt(object, "source"),
    name: textAt(object, "name"),
    envName: textAt(object, "envname"),
    base64Decode: at(object, "base64decode") === true,
    headersToAddToSignaturePayload: listAt(object, "headers-to-add-to-signature-payload").map(textOf),
  };
}

function headerOf(shaped: Shaped): HookHeader {
  return { name: textAt(objectOf(shaped), "name"), value: textAt(objectOf(shaped), "value") };
}

const isList = (shaped: Shaped): shaped is readonly Shaped[] => Array.isArray(shaped);
export const objectOf = (shaped: Shaped): ShapedObject | null =>
  shaped === null || typeof shaped !== "object" || isList(shaped) ? null : shaped;
export const listOf = (shaped: Shaped): readonly Shaped[] => (isList(shaped) ? shaped : []);
export const at = (object: ShapedObject | null, key: string): Shaped => object?.values.get(key) ?? null;
const textOf = (shaped: Shaped): string => (typeof shaped === "string" ? shaped : "");
const textAt = (object: ShapedObject | null, key: string): string => textOf(at(object, key));
const listAt = (object: ShapedObject | null, key: string): readonly Shaped[] => listOf(at(object, key));

function wholeAt(object: ShapedObject | null, key: string): number {
  const value = at(object, key);
  return typeof value === "number" ? value : 0;
}
