import { Type } from "typebox";
import { defaultTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { deduplications, sourceMethods } from "../../core/source.ts";
import { pageOf } from "./page.ts";
import { nullable, time } from "./scalars.ts";
import { newSchemeChoiceSchema, schemeChoiceSchema } from "./scheme.ts";

const name = Type.String({
  minLength: 1,
  maxLength: limits.sourceNameLength,
  description: "In its URL, and the first part of its events' types: lower-case letters, digits, `-` and `_`.",
});

const status = Type.Enum(["enabled", "paused"], { description: "`paused`: requests are refused with 503." });

const method = Type.Enum([...sourceMethods]);

const allowAddresses = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
  maxItems: limits.addressesPerSource,
  description: "Addresses and ranges that may send, of IPv4 and IPv6; an empty list takes all.",
});

const bodyBytesMax = Type.Integer({
  minimum: 1,
  maximum: limits.receivedBodyBytesMax,
  default: limits.receivedBodyBytesDefault,
  description: "The largest body that it takes.",
});

const perSecond = Type.Number({ minimum: limits.ratePerSecondMin, maximum: limits.sourceRatePerSecondMax });
const burst = Type.Integer({
  minimum: 1,
  maximum: limits.sourceRatePerSecondMax,
  description: "Requests that may come at once after a pause.",
});

const newRate = Type.Object(
  { per_second: perSecond, burst: Type.Optional(burst) },
  {
    title: "NewSourceRate",
    additionalProperties: false,
    description: "Requests a second; `burst` is as many if absent.",
  },
);

const rate = Type.Object({ per_second: perSecond, burst }, { title: "SourceRate", description: "Requests a second." });

const deduplication = Type.Enum([...deduplications], {
  description:
    "What makes two requests one event: the provider's id of the delivery where it gives one, the body, nothing.",
});

const newAnswer = Type.Object(
  {
    status: Type.Integer({ minimum: 200, maximum: 299 }),
    body: Type.Optional(Type.String({ maxLength: limits.sourceAnswerLength })),
    content_type: Type.Optional(Type.String({ minLength: 3, maxLength: limits.contentTypeLength })),
  },
  {
    title: "NewSourceAnswer",
    additionalProperties: false,
    description: "Plain text, unless `content_type` says else.",
  },
);

const answer = Type.Object(
  { status: Type.Integer(), body: Type.String(), content_type: Type.String() },
  { title: "SourceAnswer" },
);

const secret = Type.String({
  minLength: 1,
  maxLength: limits.sourceSecretLength,
  description: "As the provider shows it; `generate` has one made, where the receiver chooses it.",
});

/** What a person may set, beside name and scheme. */
const settings = {
  description: Type.Optional(Type.String({ maxLength: limits.descriptionLength })),
  methods: Type.Optional(
    Type.Array(method, { minItems: 1, maxItems: sourceMethods.length, description: "`POST` alone if absent." }),
  ),
  allow_addresses: Type.Optional(allowAddresses),
  body_bytes_max: Type.Optional(bodyBytesMax),
  rate_limit: Type.Optional(nullable(newRate, "More is answered with 429; null takes all.")),
  deduplication: Type.Optional(deduplication),
  answer: Type.Optional(
    nullable(newAnswer, "What is answered for a request that was taken; null as the provider expects."),
  ),
  secret: Type.Optional(secret),
};

export const newSourceSchema = Type.Object(
  {
    name,
    tenant: Type.Optional(Type.String({ minLength: 1, maxLength: limits.tenantLength, default: defaultTenant })),
    scheme: newSchemeChoiceSchema,
    status: Type.Optional(status),
    ...settings,
  },
  { additionalProperties: false, title: "NewSource" },
);

export const changeSourceSchema = Type.Object(
  { name: Type.Optional(name), scheme: Type.Optional(newSchemeChoiceSchema), ...settings },
  { additionalProperties: false, minProperties: 1, title: "SourceChange" },
);

export type SourceChangeBody = Type.Static<typeof changeSourceSchema>;

const sourceMembers = {
  id: Type.String(),
  name: Type.String(),
  tenant: Type.String(),
  url: Type.String({ description: "Where the provider sends; a path where the server's `public-url` is not set." }),
  description: Type.String(),
  scheme: schemeChoiceSchema,
  methods: Type.Array(method),
  allow_addresses: Type.Array(Type.String()),
  body_bytes_max: Type.Integer(),
  rate_limit: nullable(rate, "Null takes all."),
  deduplication,
  answer: nullable(answer, "Null: as the provider expects."),
  status,
  created_at: time("When it was made."),
  updated_at: time("When it changed last."),
};

export const sourceSchema = Type.Object(sourceMembers, {
  title: "Source",
  description: "Where events of others come from. Its secrets are read at `/secrets`.",
});

export type SourceBody = Type.Static<typeof sourceSchema>;

const sourceSecret = Type.Object(
  {
    id: Type.String(),
    secret: Type.String(),
    expires_at: nullable(time("When it verifies no more."), "Null: never."),
  },
  { title: "SourceSecret" },
);

export const sourceSecretsSchema = Type.Object(
  { data: Type.Array(sourceSecret, { description: "Every one verifies; the first is the newest." }) },
  { title: "SourceSecrets" },
);

export type SourceSecretsBody = Type.Static<typeof sourceSecretsSchema>;

export const createdSourceSchema = Type.Object(
  { ...sourceMembers, secrets: Type.Array(sourceSecret) },
  { title: "CreatedSource" },
);

export const newSourceSecretSchema = Type.Object(
  {
    secret: Type.Optional(secret),
    expires_at: Type.Optional(time("When it verifies no more; never if absent.")),
    grace_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: limits.secretGraceMsMax,
        description: "How long those before it go on verifying; as they would have if absent.",
      }),
    ),
  },
  { additionalProperties: false, title: "NewSourceSecret", description: "One is made if `secret` is absent." },
);

export const sourcePageSchema = pageOf(sourceSchema);

export const sourceTestSchema = Type.Object(
  {
    event: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.eventTypeLength,
        description: "The provider's word for what happened; the most usual one if absent.",
      }),
    ),
    forged: Type.Optional(Type.Boolean({ description: "True: signed with another secret, to see it refused." })),
  },
  { additionalProperties: false, title: "SourceTest" },
);

export const sourceTestedSchema = Type.Object(
  {
    event: Type.String({ description: "What was said to have happened." }),
    taken: Type.Boolean({ description: "Whether it is an event now, or was one already." }),
    status: Type.Integer({ description: "What the provider would be answered." }),
    code: nullable(Type.String(), "Why it was refused; else null."),
    detail: nullable(Type.String(), "A sentence for people."),
  },
  { title: "SourceTested" },
);
