/** How they are signed: the JSON of these settings, and what stands for it in the code. */
import { Type } from "typebox";
import type { Endpoint } from "../../core/endpoint.ts";
import {
  type HmacAlgorithm,
  hmacAlgorithms,
  hmacDefaults,
  type MessageAlgorithm,
  messageAlgorithms,
  type RetiringSecret,
  type SigningScheme,
  type SigningSettings,
  secretEncodings,
  signatureEncodings,
  signingDefaults,
  signingSchemes,
} from "../../core/endpoint-signing.ts";
import { type ErrorCode, TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { publicKeyText } from "../../platform/ed25519.ts";
import { signingKeys } from "../../registry/signing-keys.ts";
import { nullable } from "../schemas/scalars.ts";
import { wireTimeOrNull } from "../wire-time.ts";
import type { Facet } from "./facet.ts";

const template = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: limits.signingTemplateLength, description }));

const members = {
  header: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: "Of `hmac`: the header that carries the signature." }),
  ),
  algorithm: Type.Optional(
    Type.Enum([...hmacAlgorithms, ...messageAlgorithms], {
      description:
        `Of \`hmac\`: ${hmacAlgorithms.join(", ")} (${hmacDefaults.algorithm} if absent). Of ` +
        `\`http-message-signatures\`: ${messageAlgorithms.join(", ")} (${messageAlgorithms[0]} if absent).`,
    }),
  ),
  encoding: Type.Optional(
    Type.Enum([...signatureEncodings], {
      description: `Of \`hmac\`: how the signature is written; ${hmacDefaults.encoding} if absent.`,
    }),
  ),
  secret_encoding: Type.Optional(
    Type.Enum([...secretEncodings], {
      description: `Of \`hmac\`: what the secret writes down; ${hmacDefaults.secretEncoding} if absent, its own UTF-8.`,
    }),
  ),
  template: template("Of `hmac`: the header's value, such as `sha1={signature}`; `{signature}` if absent."),
  content: template("Of `hmac`: what is signed, such as `{timestamp}.{body}`; `{body}` if absent."),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.String({ maxLength: limits.signingTemplateLength }), {
      maxProperties: limits.signingHeaders,
      description: "Of `hmac`: further headers by template; `webhook-id` with `{id}` if absent.",
    }),
  ),
};

const signing = Type.Object(
  { scheme: Type.Enum([...signingSchemes], { description: "Who receivers take Trotline for." }), ...members },
  {
    additionalProperties: false,
    title: "Signing",
    description: "How deliveries are signed. A change takes secrets that do not fit with it, and makes a new one.",
  },
);

const signingKey = Type.Object(
  {
    key_id: Type.String({ description: "As signatures and the published set of keys name it." }),
    algorithm: Type.Enum([...messageAlgorithms]),
    public_key: nullable(Type.String(), "`whpk_` and base64 of an Ed25519 key; null where the key is shared."),
    expires_at: nullable(Type.String({ format: "date-time" }), "When it signs no more; null while it is not replaced."),
  },
  { title: "SigningKey" },
);

type Body = { readonly signing?: Type.Static<typeof signing> };
type Members = Type.Static<typeof signing>;

export const signingFacet = {
  request: { signing: Type.Optional(signing) },
  response: {
    signing,
    signing_keys: Type.Array(signingKey, { description: "Keys that have a name, the newest first. None is a secret." }),
  },
  input: (body: Body) => (body.signing === undefined ? {} : { signing: signingOf(body.signing) }),
  wire: (endpoint: Pick<Endpoint, "signing" | "secrets" | "retiringSecrets">) => ({
    signing: wireSigning(endpoint.signing),
    signing_keys: signingKeys(endpoint).map(({ keyId, algorithm, publicKey, untilMs }) => ({
      key_id: keyId,
      algorithm,
      public_key: publicKey === null ? null : publicKeyText(publicKey),
      expires_at: wireTimeOrNull(untilMs),
    })),
  }),
} satisfies Omit<Facet<SigningSettings>, "wire"> & { wire(endpoint: Endpoint): object };

function signingOf(body: Members): SigningScheme {
  const { scheme } = body;
  if (scheme === "hmac") return customHmac(body);
  for (const name of Object.keys(members)) {
    if (!Object.hasOwn(body, name) || (scheme === "http-message-signatures" && name === "algorithm")) continue;
    refuse("unknown-field", `\`${name}\` is no member of the scheme \`${scheme}\`.`, name);
  }
  if (scheme !== "http-message-signatures")
    return scheme === "standard-webhooks" ? signingDefaults.signing : { scheme };
  return { scheme, algorithm: algorithmOf(body, messageAlgorithms) };
}

function customHmac(body: Members): SigningScheme {
  const { header, encoding, secret_encoding, template, content, headers } = body;
  if (header === undefined) refuse("invalid-body", "`signing.header` is missing.", "header");
  return {
    ...hmacDefaults,
    scheme: "hmac",
    header,
    algorithm: algorithmOf(body, hmacAlgorithms),
    ...(encoding !== undefined && { encoding }),
    ...(secret_encoding !== undefined && { secretEncoding: secret_encoding }),
    ...(template !== undefined && { template }),
    ...(content !== undefined && { content }),
    ...(headers !== undefined && { headers }),
  };
}

/** The first where the body says none. */
function algorithmOf<Algorithm extends HmacAlgorithm | MessageAlgorithm>(
  { scheme, algorithm }: Members,
  known: readonly Algorithm[],
): Algorithm {
  if (algorithm === undefined) return known.find((name) => name === hmacDefaults.algorithm) ?? (known[0] as Algorithm);
  const found = known.find((name) => name === algorithm);
  if (found === undefined) {
    refuse("invalid-body", `\`signing.algorithm\` of \`${scheme}\` must be one of ${known.join(", ")}.`, "algorithm");
  }
  return found;
}

function wireSigning(signing: SigningScheme): Members {
  if (signing.scheme !== "hmac") return { ...signing };
  const { secretEncoding, headers, ...rest } = signing;
  return { ...rest, secret_encoding: secretEncoding, headers: { ...headers } };
}

/** A secret that is retiring, as those who may see it do. */
export const wireRetiring = ({ secret, untilMs }: RetiringSecret): { secret: string; expires_at: string } => ({
  secret,
  expires_at: wireTimeOrNull(untilMs) ?? "",
});

function refuse(code: ErrorCode, detail: string, member: string): never {
  throw new TrotlineError(code, detail, { field: `/signing/${member}` });
}
