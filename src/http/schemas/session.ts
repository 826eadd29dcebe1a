import { Type } from "typebox";
import { keyScopes } from "../../core/key.ts";
import { nullable, time } from "./scalars.ts";

export const signInSchema = Type.Object(
  { key: Type.String({ minLength: 1, maxLength: 512, description: "A key of this server." }) },
  { title: "SignIn", additionalProperties: false },
);

const brand = nullable(
  Type.Object(
    {
      name: nullable(Type.String(), "Null: Trotline."),
      colour: nullable(Type.String({ description: "`#rrggbb`." }), "Null: Trotline's own."),
      logo: nullable(Type.String({ description: "A `data:` URL, or a path of this server." }), "Null: none."),
    },
    { title: "Brand" },
  ),
  "How whoever runs the server has the portal look; null where nothing was set.",
);

const sessionKey = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    scopes: Type.Array(Type.Enum([...keyScopes])),
    tenant: nullable(Type.String(), "Null: all tenants."),
    expires_at: nullable(time("When it ends."), "Null: never."),
  },
  { title: "SessionKey" },
);

export const sessionSchema = Type.Object(
  {
    auth: Type.Enum(["keys", "none"], { description: "`none`: everyone on the server's machine is admin." }),
    signed_in: Type.Boolean({ description: "Whether the request came with a key that works, or needs none." }),
    brand,
    key: Type.Optional(nullable(sessionKey, "Whose session it is; null where no keys are needed.")),
    version: Type.Optional(Type.String({ description: "Of the server." })),
    store: Type.Optional(Type.Enum(["sqlite", "postgres", "memory"])),
    public_url: Type.Optional(nullable(Type.String(), "Where others reach the server; null where that was not set.")),
  },
  { title: "Session", description: "Who asks. Without a key: whether one is needed, and nothing else." },
);

export type SessionBody = Type.Static<typeof sessionSchema>;
