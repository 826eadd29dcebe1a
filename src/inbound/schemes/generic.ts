/** What many small senders do, for a source that needs no scheme of its own. */
import { type CustomScheme, completeScheme } from "../../core/scheme.ts";
import { customRefusal } from "../../core/scheme-check.ts";
import { declaredPreset, tryEach, verifyDeclared } from "./declared.ts";
import { declaredSigner } from "./declared-signer.ts";
import { compileScheme, foundSignatures } from "./found-signatures.ts";
import { refusal } from "./refusal.ts";
import { RequestValues } from "./request-values.ts";
import type { Scheme, SchemeSetting, VerifyContext } from "./scheme.ts";
import { isSameText } from "./signature-key.ts";

type Settings = VerifyContext["settings"];

interface SettledPreset extends Pick<Scheme, "name" | "title" | "documentation" | "secret"> {
  readonly settings: readonly SchemeSetting[];
  readonly customOf: (settings: Settings) => CustomScheme;
}

/** A scheme whose signature stands where the source's settings say. */
function settledPreset({ customOf, ...about }: SettledPreset): Scheme {
  const scheme = declaredPreset({ ...about, secretFrom: "receiver", answerDeadlineMs: null, custom: customOf({}) });
  return {
    ...scheme,
    customOf: (_secret, settings) => customOf(settings),
    settingsRefusal: (settings) => customRefusal(customOf(settings))?.detail ?? null,
    verify: (request, context) => {
      const custom = customOf(context.settings);
      const refused = customRefusal(custom);
      if (refused !== null) return refusal("secret_unusable", refused.detail);
      return verifyDeclared(compileScheme(custom), request, context);
    },
    signer: {
      makeSecret: (random) => declaredSigner(customOf({})).makeSecret(random),
      sign: (draft, context) => declaredSigner(customOf(context.settings)).sign(draft, context),
    },
  };
}

export const genericHmacSha256 = settledPreset({
  name: "generic-hmac-sha256",
  title: "HMAC-SHA256 of the body, in a header",
  documentation: "https://www.rfc-editor.org/rfc/rfc2104",
  secret: "The secret that you share with the sender.",
  settings: [
    { name: "header", description: "The header with the signature; X-Signature where absent.", isRequired: false },
    { name: "prefix", description: "What stands before the signature, such as `sha256=`.", isRequired: false },
    { name: "encoding", description: "`hex` (where absent), `base64` or `base64url`.", isRequired: false },
  ],
  customOf: ({ header = "X-Signature", prefix = "", encoding = "hex" }) =>
    completeScheme({
      signature: { place: `header:${header}`, prefix, encoding: encoding as CustomScheme["signature"]["encoding"] },
    }),
});

export const token = settledPreset({
  name: "token",
  title: "A token in a header or in the query",
  documentation: "https://www.rfc-editor.org/rfc/rfc6750",
  secret: "The token that the sender sends, without `Bearer`.",
  settings: [
    {
      name: "place",
      description: "Where it stands, such as `header:X-Token` or `query:token`; a bearer token where absent.",
      isRequired: false,
    },
  ],
  customOf: ({ place = "header:Authorization" }) =>
    completeScheme({
      algorithm: "token",
      signature: { place, prefix: place.toLowerCase() === "header:authorization" ? "Bearer " : "" },
    }),
});

const basicCustom = completeScheme({
  algorithm: "token",
  signature: { place: "header:Authorization", prefix: "Basic " },
});

const credentials = (secret: string): string => Buffer.from(secret, "utf8").toString("base64");

const basicScheme = declaredPreset({
  name: "basic",
  title: "A user name and a password",
  documentation: "https://www.rfc-editor.org/rfc/rfc7617",
  secret: "The user name, a colon, and the password.",
  secretFrom: "receiver",
  answerDeadlineMs: null,
  secretRefusal: (text) => (/^[^:]+:.+$/.test(text) ? null : "A secret is a user name, a colon, and a password."),
  custom: basicCustom,
});

export const basic: Scheme = {
  ...basicScheme,
  verify: (request, context) => {
    const given = foundSignatures(compileScheme(basicCustom), new RequestValues(request));
    if ("ok" in given) return given;
    return tryEach(context.secrets, (secret) =>
      basicScheme.secretRefusal(secret) === null
        ? given.filter((text) => isSameText(text, credentials(secret))).length > 0
        : null,
    );
  },
  signer: {
    makeSecret: (random) => {
      const secret = `webhook:${Buffer.from(random(24)).toString("base64url")}`;
      return { secret, signingKey: secret };
    },
    sign: (draft, context) =>
      declaredSigner(basicCustom).sign(draft, { ...context, signingKey: credentials(context.signingKey) }),
  },
};
