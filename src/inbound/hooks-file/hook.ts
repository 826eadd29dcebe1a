import type { Expression } from "./expression.ts";

/** A hook: an entry of a hooks file, in the words of adnanh/webhook 2.8. What is not given is empty, as there. */
export interface Hook {
  readonly id: string;
  readonly executeCommand: string;
  readonly commandWorkingDirectory: string;
  readonly responseMessage: string;
  readonly responseHeaders: readonly HookHeader[];
  readonly includeCommandOutputInResponse: boolean;
  readonly includeCommandOutputInResponseOnError: boolean;
  readonly passEnvironmentToCommand: readonly HookArgument[];
  readonly passArgumentsToCommand: readonly HookArgument[];
  readonly passFileToCommand: readonly HookArgument[];
  readonly parseParametersAsJson: readonly HookArgument[];
  /** Null: everyone is believed. */
  readonly triggerRule: Rule | null;
  /** 0 where it is not given. */
  readonly triggerRuleMismatchHttpResponseCode: number;
  readonly triggerSignatureSoftFailures: boolean;
  readonly incomingPayloadContentType: string;
  /** 0 where it is not given. */
  readonly successHttpResponseCode: number;
  /** As they are written; empty for those that the server takes by default. */
  readonly httpMethods: readonly string[];
}

export interface HookHeader {
  readonly name: string;
  readonly value: string;
}

/** A value of a request: where it stands, and what it is called where it is handed on. */
export interface HookArgument {
  readonly source: string;
  readonly name: string;
  readonly envName: string;
  readonly base64Decode: boolean;
  readonly headersToAddToSignaturePayload: readonly string[];
}

/** `none` is a rule object without any of the four keys: it is never satisfied. */
export type Rule =
  | { readonly kind: "and" | "or"; readonly rules: readonly Rule[] }
  | { readonly kind: "not"; readonly rule: Rule }
  | { readonly kind: "match"; readonly match: MatchRule }
  | { readonly kind: "none" };

export interface MatchRule {
  readonly type: string;
  readonly regex: Expression;
  readonly secret: string;
  readonly value: string;
  readonly parameter: HookArgument;
  readonly ipRange: string;
}

export const matchTypes = [
  "value",
  "regex",
  "payload-hmac-sha1",
  "payload-hmac-sha256",
  "payload-hmac-sha512",
  "payload-hash-sha1",
  "payload-hash-sha256",
  "payload-hash-sha512",
  "ip-whitelist",
  "scalr-signature",
] as const;

/** Signatures over the body. `hash` is the old name of the same. */
export const signatureDigests: ReadonlyMap<string, "sha1" | "sha256" | "sha512"> = new Map([
  ["payload-hmac-sha1", "sha1"],
  ["payload-hash-sha1", "sha1"],
  ["payload-hmac-sha256", "sha256"],
  ["payload-hash-sha256", "sha256"],
  ["payload-hmac-sha512", "sha512"],
  ["payload-hash-sha512", "sha512"],
]);

export const valueSources = [
  "header",
  "url",
  "query",
  "payload",
  "raw-request-body",
  "request",
  "string",
  "entire-payload",
  "entire-query",
  "entire-headers",
] as const;
