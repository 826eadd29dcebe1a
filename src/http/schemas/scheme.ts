import { Type } from "typebox";
import { limits } from "../../core/limits.ts";
import { secretEncodings, signatureAlgorithms, signatureEncodings, timeUnits } from "../../core/scheme.ts";
import { nullable } from "./scalars.ts";

/** Bounds for what is read at all; the scheme's own rules are narrower. */
const textLengthMax = 512;
const presetLength = 64;

const place = Type.String({
  minLength: 1,
  maxLength: textLengthMax,
  description: "`header:name`, `query:name`, `form:name`, or `body:path.into.json`.",
});

const timePlace = Type.Object(
  { place, unit: Type.Enum([...timeUnits]) },
  { title: "TimePlace", additionalProperties: false, description: "Where a time is, and how it is written." },
);

const algorithm = Type.Enum([...signatureAlgorithms], { description: "`token`: the secret itself is in the request." });
const encoding = Type.Enum([...signatureEncodings]);
const prefix = Type.String({
  maxLength: textLengthMax,
  description: "Stands before each signature, such as `sha256=`.",
});
const form = Type.Enum(["one", "list", "pairs"], {
  description: "`one`: the value is the signature; `list`: several; `pairs`: `name=value`, several.",
});
const separator = Type.String({ maxLength: textLengthMax, description: "Divides a list, or pairs." });
const pairName = Type.String({ maxLength: textLengthMax, description: "Of `pairs`: that of the signature." });

const content = Type.String({
  maxLength: textLengthMax,
  description:
    "What is signed: `{body}`, `{timestamp}`, `{id}`, `{url}`, `{method}` and places such as `{header:name}`.",
});
const secretEncoding = Type.Enum([...secretEncodings], { description: "How the secret becomes the bytes of a key." });
const secretPrefix = Type.String({ maxLength: textLengthMax, description: "Before the secret, such as `whsec_`." });
const toleranceMs = Type.Integer({ description: "How far the signed time may be from ours, either way." });

const signedTime = nullable(timePlace, "The signed time; null where none is signed.");
const idPlace = nullable(place, "What the provider calls the delivery.");
const typePlace = nullable(place, "The provider's word for what happened.");
const occurredAt = nullable(timePlace, "The provider's own time of the event.");

const newCustomScheme = Type.Object(
  {
    algorithm: Type.Optional(algorithm),
    signature: Type.Object(
      {
        place,
        encoding: Type.Optional(encoding),
        prefix: Type.Optional(prefix),
        form: Type.Optional(form),
        separator: Type.Optional(separator),
        name: Type.Optional(pairName),
      },
      { title: "NewSchemeSignature", additionalProperties: false },
    ),
    content: Type.Optional(content),
    secret_encoding: Type.Optional(secretEncoding),
    secret_prefix: Type.Optional(secretPrefix),
    timestamp: Type.Optional(signedTime),
    tolerance_ms: Type.Optional(toleranceMs),
    id: Type.Optional(idPlace),
    type: Type.Optional(typePlace),
    occurred_at: Type.Optional(occurredAt),
  },
  { title: "NewCustomScheme", additionalProperties: false, description: "A scheme of one's own: see docs/schemes.md." },
);

const customScheme = Type.Object(
  {
    algorithm,
    signature: Type.Object(
      { place, encoding, prefix, form, separator, name: pairName },
      { title: "SchemeSignature", additionalProperties: false },
    ),
    content,
    secret_encoding: secretEncoding,
    secret_prefix: secretPrefix,
    timestamp: signedTime,
    tolerance_ms: toleranceMs,
    id: idPlace,
    type: typePlace,
    occurred_at: occurredAt,
  },
  { title: "CustomScheme" },
);

const preset = Type.String({ minLength: 1, maxLength: presetLength, description: "GET /v1/schemes lists them." });

export const newSchemeChoiceSchema = Type.Object(
  {
    preset: Type.Optional(preset),
    settings: Type.Optional(
      Type.Record(Type.String(), Type.String({ maxLength: limits.schemeSettingLength }), {
        maxProperties: limits.schemeSettings,
        description: "What the preset asks for beside secrets.",
      }),
    ),
    custom: Type.Optional(newCustomScheme),
    unverified: Type.Optional(Type.Boolean({ description: "True: everyone is believed." })),
  },
  { title: "NewSchemeChoice", additionalProperties: false, description: "One of `preset`, `custom` and `unverified`." },
);

export const schemeChoiceSchema = Type.Object(
  {
    preset: Type.Optional(preset),
    settings: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: "Those of the preset that are not credentials." }),
    ),
    custom: Type.Optional(customScheme),
    unverified: Type.Optional(Type.Boolean({ description: "True: everyone is believed." })),
  },
  { title: "SchemeChoice", description: "How requests are verified." },
);

export type NewSchemeChoiceBody = Type.Static<typeof newSchemeChoiceSchema>;
export type SchemeChoiceBody = Type.Static<typeof schemeChoiceSchema>;

const schemeSetting = Type.Object(
  {
    name: Type.String(),
    description: Type.String(),
    required: Type.Boolean(),
    secret: Type.Boolean({ description: "It is a credential: no read shows it." }),
  },
  { title: "SchemeSetting" },
);

export const schemeSchema = Type.Object(
  {
    name: Type.String(),
    title: Type.String(),
    documentation: Type.String({ description: "The provider's page that says how it signs." }),
    secret: nullable(Type.String(), "What the secret is and where the provider shows it; null where there is none."),
    secret_from: nullable(
      Type.Enum(["provider", "receiver", "handshake"]),
      "Who makes it: of `receiver`, one is made here if none is given; null where there is none.",
    ),
    settings: Type.Array(schemeSetting),
    tolerance_ms: nullable(Type.Integer(), "How far a signed time may be from ours; null where none is signed."),
    answer_deadline_ms: nullable(Type.Integer(), "How long the provider waits; null where it does not say."),
    handshake: Type.Boolean({ description: "Whether the provider asks before it sends; that is answered by itself." }),
    test_events: Type.Array(Type.String(), {
      description: "What a test of a source may say happened; empty where the provider alone can sign.",
    }),
  },
  { title: "Scheme", description: "How one provider signs, names and times its requests." },
);

export type SchemeBody = Type.Static<typeof schemeSchema>;

export const schemeListSchema = Type.Object({ data: Type.Array(schemeSchema) });
