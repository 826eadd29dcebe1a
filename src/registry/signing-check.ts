/** What must be true of how an endpoint signs, as a whole: checked when it is made and when it is changed. */
import { type Endpoint, headerRefusal } from "../core/endpoint.ts";
import { type CustomHmac, signaturesPerRequest, signingHeaders } from "../core/endpoint-signing.ts";
import { type ErrorCode, TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Random } from "../core/ports.ts";
import { refitted } from "../core/secret-rotation.ts";
import { secretBytes } from "../core/signature.ts";
import { type Placeholder, parseTemplate, placeholdersOf } from "../core/signature-template.ts";
import { encodeFreshSecret, secretRefusal } from "../core/signing-secret.ts";
import { isWholeKeyPair } from "../platform/ed25519.ts";

type Signer = Pick<Endpoint, "signing" | "secrets" | "retiringSecrets" | "headers" | "authorization">;

/**
 * The endpoint with secrets that fit its scheme, once a change is made to it: those given, those that it has, or a
 * fresh one. Secrets that are given replace all, also those that are retiring. Refuses with `invalid-body`,
 * `header-refused` and `secret-invalid`.
 */
export function withSigning<Subject extends Signer>(
  endpoint: Subject,
  change: Partial<Signer>,
  random: Random,
): Subject {
  const { signing, secrets, headers, authorization } = change;
  if (signing?.scheme === "hmac") checkCustom(signing);
  if (signing !== undefined || headers !== undefined || authorization !== undefined) checkHeaders(endpoint);
  if (secrets !== undefined) {
    checkSecrets(endpoint);
    return { ...endpoint, retiringSecrets: [] };
  }
  if (signing === undefined) return endpoint;
  const kept = refitted(endpoint);
  const isMade = kept.secrets.length === 0 && signaturesPerRequest(signing) !== "none";
  return { ...endpoint, ...kept, ...(isMade && { secrets: [freshSecret(endpoint, random)] }) };
}

export const freshSecret = ({ signing }: Pick<Endpoint, "signing">, random: Random): string =>
  encodeFreshSecret(signing, random.bytes(secretBytes.generated));

/** Refuses with `secret-invalid`. */
export function checkSecret({ signing }: Pick<Endpoint, "signing">, secret: string, field: string): void {
  const sentence =
    secretRefusal(signing, secret) ??
    (isWholeKeyPair(secret) ? null : "The public half of the private key is not that of its seed.");
  if (sentence !== null) throw new TrotlineError("secret-invalid", sentence, { field });
}

function checkSecrets(endpoint: Signer): void {
  const { secrets, signing } = endpoint;
  if (secrets.length === 0 && signaturesPerRequest(signing) !== "none") {
    throw new TrotlineError("secret-invalid", "The scheme signs with one secret at least.", { field: "/secrets" });
  }
  for (const [index, secret] of secrets.entries()) {
    const field = `/secrets/${index}`;
    checkSecret(endpoint, secret, field);
    if (secrets.indexOf(secret) !== index) {
      throw new TrotlineError("secret-invalid", "The secret is there already.", { field });
    }
  }
  if (secrets.length > 1 && signaturesPerRequest(signing) === "one") {
    const detail = "A request of this scheme has room for one signature; to change to another secret, rotate.";
    throw new TrotlineError("secret-invalid", detail, { field: "/secrets/1" });
  }
}

/** What one header says, two cannot. */
function checkHeaders({ signing, headers, authorization }: Signer): void {
  const taken = new Set(signingHeaders(signing));
  for (const name of Object.keys(headers)) {
    if (!taken.has(name.toLowerCase())) continue;
    refuse("header-refused", `\`${name}\` belongs to the scheme of the endpoint's signature.`, `/headers/${name}`);
  }
  if (taken.has("authorization") && authorization !== null) {
    refuse("header-refused", "`Authorization` carries the endpoint's own `authorization`.", "/signing");
  }
}

function checkCustom(signing: CustomHmac): void {
  const content = checkTemplate(signing.content, "content", "/signing/content");
  const template = checkTemplate(signing.template, "template", "/signing/template");
  if (!content.includes("body") && !content.includes("url")) {
    refuse(
      "invalid-body",
      "`content` has neither `{body}` nor `{url}` in it: anybody could change both.",
      "/signing/content",
    );
  }
  if (!template.includes("signature")) {
    refuse("invalid-body", "`template` has no `{signature}` in it.", "/signing/template");
  }
  const names = new Set<string>();
  const further = Object.entries(signing.headers).map(([name, value]) => [`/signing/headers/${name}`, name, value]);
  const entries = [["/signing/header", signing.header, signing.template], ...further] as [string, string, string][];
  if (entries.length > limits.signingHeaders + 1) {
    refuse("invalid-body", `A scheme has at most ${limits.signingHeaders} further headers.`, "/signing/headers");
  }
  for (const [field, name, value] of entries) {
    if (names.has(name.toLowerCase())) refuse("header-refused", `\`${name}\` is set twice.`, field);
    names.add(name.toLowerCase());
    const refusal = isWebhookHeader(name) ? headerRefusal("x-webhook", value) : headerRefusal(name, value);
    if (refusal !== null) refuse("header-refused", `${refusal}.`, field);
    if (field !== "/signing/header") checkTemplate(value, "header", field);
  }
}

/** Elsewhere these are kept for Standard Webhooks; a scheme of its own may name its parts so. */
const isWebhookHeader = (name: string): boolean => /^webhook-(id|timestamp|signature)$/i.test(name);

/** The placeholders in it; braces that are meant (`{{body}}`) are none. */
function checkTemplate(template: string, place: keyof typeof placeholdersOf, field: string): readonly Placeholder[] {
  const pieces = parseTemplate(template, placeholdersOf[place]);
  if (typeof pieces === "string") refuse("invalid-body", `\`${field.slice("/signing/".length)}\` ${pieces}.`, field);
  const named = pieces.flatMap((piece) => ("placeholder" in piece ? [piece.placeholder] : []));
  // Each is filled in for each attempt, and a body may be large.
  const repeated = named.find((name) => named.filter((other) => other === name).length > limits.signingPlaceholders);
  if (repeated === undefined) return named;
  const most = `more than ${limits.signingPlaceholders} times`;
  return refuse("invalid-body", `\`${field.slice("/signing/".length)}\` has \`{${repeated}}\` ${most}.`, field);
}

function refuse(code: ErrorCode, detail: string, field: string): never {
  throw new TrotlineError(code, detail, { field });
}
