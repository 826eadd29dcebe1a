import { Type } from "typebox";
import { keyScopes } from "../../core/key.ts";
import { limits } from "../../core/limits.ts";
import { pageOf, pageParameters } from "./page.ts";
import { nullable, time } from "./scalars.ts";

const description = "What it may do: `publish`, `read`, `manage`; `admin` is all of that, and managing keys.";
const scopes = Type.Array(Type.Enum([...keyScopes]), {
  description: `${description} \`portal\` is of a link to the portal.`,
});
/** Links to the portal are made at an address of their own. */
const madeScopes = keyScopes.filter((scope) => scope !== "portal");

export const newKeySchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: limits.keyNameLength, description: "For people." }),
    scopes: Type.Array(Type.Enum(madeScopes), {
      minItems: 1,
      maxItems: madeScopes.length,
      uniqueItems: true,
      description,
    }),
    tenant: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.tenantLength,
        description: "It sees and changes what is this tenant's and nothing else; all tenants if absent.",
      }),
    ),
    expires_at: Type.Optional(
      Type.String({ format: "date-time", description: "It works before this time; for ever if absent." }),
    ),
  },
  { title: "NewKey", additionalProperties: false },
);

const keyMembers = {
  id: Type.String(),
  name: Type.String(),
  scopes,
  tenant: nullable(Type.String(), "The only tenant that it is for; null for all."),
  status: Type.Enum(["active", "expired"]),
  created_at: time("When it was made."),
  expires_at: nullable(time("When it ends."), "Null: never."),
  rotated_at: nullable(time("When it was given the text that it has."), "Null: never since it was made."),
  previous_until: nullable(
    time("Until then, the text from before the last rotation is taken, too."),
    "Null: only the newest text is taken.",
  ),
  last_used_at: nullable(time("When a request last came with it."), "Null: never."),
};

export const keySchema = Type.Object(keyMembers, {
  title: "Key",
  description: "Who may ask for what. The key's own text is answered once, when it is made.",
});

export type KeyBody = Type.Static<typeof keySchema>;

export const createdKeySchema = Type.Object(
  { ...keyMembers, key: Type.String({ description: "The key. It is not kept, and never answered again." }) },
  { title: "CreatedKey" },
);

export const keyPageSchema = pageOf(keySchema);

export const keyQuerySchema = Type.Object(
  {
    tenant: Type.Optional(
      Type.String({ minLength: 1, maxLength: limits.tenantLength, description: "Only keys that are bound to it." }),
    ),
    ...pageParameters,
  },
  { additionalProperties: false },
);

export const rotateKeySchema = Type.Object(
  {
    grace_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: limits.keyGraceMsMax,
        default: 0,
        description: "How long the text that it had goes on working; one from a rotation before ends at once.",
      }),
    ),
  },
  { additionalProperties: false },
);
