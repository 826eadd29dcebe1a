/**
 * How receivers know Trotline, and agree to be sent to: the JSON of these settings, and what stands for it in the code.
 */
import { Type } from "typebox";
import {
  type Authorization,
  type ReachSettings,
  reachDefaults,
  type TlsSettings,
  verifications,
} from "../../core/endpoint-reach.ts";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { certificateExpiry } from "../../platform/tls-material.ts";
import { nullable } from "../schemas/scalars.ts";
import type { Facet } from "./facet.ts";

const authorizationType = Type.Enum(["basic", "bearer", "oauth2"]);
const clientAuthentication = Type.Enum(["basic", "body"], {
  description:
    "`oauth2`: where the client's id and secret go, the header `Authorization` or the body; `basic` if absent.",
});

const credential = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: limits.credentialLength, description }));

const newAuthorization = Type.Object(
  {
    type: authorizationType,
    username: credential("`basic`."),
    password: Type.Optional(Type.String({ maxLength: limits.credentialLength, description: "`basic`; never shown." })),
    token: Type.Optional(
      Type.String({ minLength: 1, maxLength: limits.headerValueLength - 7, description: "`bearer`; never shown." }),
    ),
    token_url: Type.Optional(
      Type.String({ minLength: 1, maxLength: limits.urlLength, description: "`oauth2`: where tokens are fetched." }),
    ),
    client_id: credential("`oauth2`."),
    client_secret: credential("`oauth2`; never shown."),
    scope: credential("`oauth2`; may be absent."),
    audience: credential("`oauth2`; may be absent."),
    client_authentication: Type.Optional(clientAuthentication),
  },
  {
    additionalProperties: false,
    title: "NewAuthorization",
    description: "What the header `Authorization` carries, by `type`.",
  },
);

const authorization = Type.Object(
  {
    type: authorizationType,
    username: Type.Optional(Type.String()),
    token_url: Type.Optional(Type.String()),
    client_id: Type.Optional(Type.String()),
    scope: Type.Optional(Type.String()),
    audience: Type.Optional(Type.String()),
    client_authentication: Type.Optional(clientAuthentication),
  },
  { title: "Authorization", description: "What is not secret of it." },
);

const pem = (lengthMax: number, description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: lengthMax, description }));

const newTls = Type.Object(
  {
    certificate: pem(
      limits.certificateLength,
      "Shown to receivers that ask for one, with those that lead to its root.",
    ),
    key: pem(limits.privateKeyLength, "Its private key, without a passphrase; never shown."),
    ca: pem(limits.authoritiesLength, "Certificates to trust in place of the built-in ones."),
  },
  { additionalProperties: false, title: "NewTlsSettings", description: "In PEM." },
);

const tls = Type.Object(
  {
    certificate: nullable(Type.String(), "Shown to receivers that ask for one."),
    certificate_expires_at: nullable(Type.String({ format: "date-time" }), "Null where there is none."),
    ca: nullable(Type.String(), "Certificates to trust; null trusts the built-in ones."),
  },
  { title: "TlsSettings" },
);

const verification = Type.Enum([...verifications], {
  default: reachDefaults.verification,
  description: "What a URL must have answered before it is stored.",
});

const authorizationSentence = "How deliveries are authorized; null: not.";
const tlsSentence = "Null: the built-in certificates are trusted, and none is shown.";

type ShownAuthorization = Type.Static<typeof authorization>;
type ShownTls = Type.Static<typeof tls>;
type NewAuthorization = Type.Static<typeof newAuthorization>;

interface Body {
  readonly authorization?: NewAuthorization | null;
  readonly tls?: Type.Static<typeof newTls> | null;
  readonly verification?: ReachSettings["verification"];
}

export const reachFacet = {
  request: {
    authorization: Type.Optional(nullable(newAuthorization, authorizationSentence)),
    tls: Type.Optional(nullable(newTls, tlsSentence)),
    verification: Type.Optional(verification),
  },
  response: {
    authorization: nullable(authorization, authorizationSentence),
    tls: nullable(tls, tlsSentence),
    verification,
  },
  input: ({ authorization, tls, verification }: Body): Partial<ReachSettings> => ({
    ...(authorization !== undefined && { authorization: authorization && authorizationOf(authorization) }),
    ...(tls !== undefined && { tls: tls && tlsOf(tls) }),
    ...(verification !== undefined && { verification }),
  }),
  wire: ({ authorization, tls, verification }: ReachSettings) => ({
    authorization: authorization && wireAuthorization(authorization),
    tls: tls && wireTls(tls),
    verification,
  }),
} satisfies Facet<ReachSettings>;

/** Members of each type: those that it needs, and those that it may have. */
const membersOf = {
  basic: { needs: ["username", "password"], takes: [] },
  bearer: { needs: ["token"], takes: [] },
  oauth2: { needs: ["token_url", "client_id", "client_secret"], takes: ["scope", "audience", "client_authentication"] },
} as const satisfies Record<NewAuthorization["type"], { needs: readonly string[]; takes: readonly string[] }>;

function authorizationOf(body: NewAuthorization): Authorization {
  const { type } = body;
  const { needs, takes } = membersOf[type];
  const known: readonly string[] = ["type", ...needs, ...takes];
  const foreign = Object.keys(body).find((name) => !known.includes(name));
  if (foreign !== undefined) throw misfit(foreign, `has no place in \`${type}\``);
  const missing = (needs as readonly (keyof NewAuthorization)[]).find((name) => body[name] === undefined);
  if (missing !== undefined) throw misfit(missing, `is missing; \`${type}\` needs it`);
  const { username = "", password = "", token = "", token_url: tokenUrl = "" } = body;
  if (type === "basic") return { type, username, password };
  if (type === "bearer") return { type, token };
  const { client_id: clientId = "", client_secret: clientSecret = "", scope = null, audience = null } = body;
  const { client_authentication: clientAuthentication = "basic" } = body;
  return { type, tokenUrl, clientId, clientSecret, scope, audience, clientAuthentication };
}

function misfit(member: string, sentence: string): TrotlineError {
  const field = `/authorization/${member}`;
  return new TrotlineError("invalid-body", `\`${field}\` ${sentence}.`, { field });
}

function wireAuthorization(authorization: Authorization): ShownAuthorization {
  const { type } = authorization;
  if (type === "basic") return { type, username: authorization.username };
  if (type === "bearer") return { type };
  const { tokenUrl, clientId, scope, audience, clientAuthentication } = authorization;
  return {
    type,
    token_url: tokenUrl,
    client_id: clientId,
    ...(scope !== null && { scope }),
    ...(audience !== null && { audience }),
    client_authentication: clientAuthentication,
  };
}

const tlsOf = ({ certificate, key, ca }: Type.Static<typeof newTls>): TlsSettings => ({
  certificate: certificate ?? null,
  key: key ?? null,
  ca: ca ?? null,
});

/** A memo of a pure function: certificates are read anew for no list of endpoints. */
const wireForms = new WeakMap<TlsSettings, ShownTls>();

function wireTls(settings: TlsSettings): ShownTls {
  let form = wireForms.get(settings);
  if (form === undefined) {
    const { certificate, ca } = settings;
    form = { certificate, certificate_expires_at: certificateExpiry(settings)?.toISOString() ?? null, ca };
    wireForms.set(settings, form);
  }
  return form;
}
