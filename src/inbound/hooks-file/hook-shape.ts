/** The keys of a hooks file: which there are, and what each of them holds. */
export type Shape =
  /** What is `isSecret` is shown to nobody. */
  | { readonly kind: "text" | "whole" | "flag"; readonly isSecret?: boolean }
  | { readonly kind: "list"; readonly item: Shape }
  | { readonly kind: "object"; readonly name: string; readonly keys: ReadonlyMap<string, Shape> };

const text: Shape = { kind: "text" };
const whole: Shape = { kind: "whole" };
const flag: Shape = { kind: "flag" };
const listOf = (item: Shape): Shape => ({ kind: "list", item });

const argument: Shape = {
  kind: "object",
  name: "value",
  keys: new Map<string, Shape>([
    ["source", text],
    ["name", text],
    ["envname", text],
    ["base64decode", flag],
    ["headers-to-add-to-signature-payload", listOf(text)],
  ]),
};

const match: Shape = {
  kind: "object",
  name: "match",
  keys: new Map<string, Shape>([
    ["type", text],
    ["regex", text],
    ["secret", { kind: "text", isSecret: true }],
    ["value", text],
    ["parameter", argument],
    ["ip-range", text],
  ]),
};

const ruleKeys = new Map<string, Shape>();
const rule: Shape = { kind: "object", name: "rule", keys: ruleKeys };
ruleKeys.set("and", listOf(rule)).set("or", listOf(rule)).set("not", rule).set("match", match);

const header: Shape = {
  kind: "object",
  name: "header",
  keys: new Map<string, Shape>([
    ["name", text],
    ["value", text],
  ]),
};

export const hookShape: Shape = {
  kind: "object",
  name: "hook",
  keys: new Map<string, Shape>([
    ["id", text],
    ["execute-command", text],
    ["command-working-directory", text],
    ["response-message", text],
    ["response-headers", listOf(header)],
    ["include-command-output-in-response", flag],
    ["include-command-output-in-response-on-error", flag],
    ["pass-environment-to-command", listOf(argument)],
    ["pass-arguments-to-command", listOf(argument)],
    ["pass-file-to-command", listOf(argument)],
    ["parse-parameters-as-json", listOf(argument)],
    ["trigger-rule", rule],
    ["trigger-rule-mismatch-http-response-code", whole],
    ["trigger-signature-soft-failures", flag],
    ["incoming-payload-content-type", text],
    ["success-http-response-code", whole],
    ["http-methods", listOf(text)],
  ]),
};

export const fileShape: Shape = listOf(hookShape);
