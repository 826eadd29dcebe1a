import { Type } from "typebox";
import { limits } from "../../core/limits.ts";
import { time } from "./scalars.ts";

const retiringSecretSchema = Type.Object(
  { secret: Type.String(), expires_at: time("When it signs no more.") },
  { title: "RetiringSecret", description: "A secret that was replaced, and signs for a while yet." },
);

export const secretsSchema = Type.Object(
  {
    secrets: Type.Array(Type.String(), { description: "Every one signs; the first is the newest." }),
    retiring: Type.Array(retiringSecretSchema, { description: "Those replaced by a rotation, the newest first." }),
  },
  {
    title: "EndpointSecrets",
    description: "Without private keys, which nobody is shown: see `signing_keys` of the endpoint.",
  },
);

export const rotateSchema = Type.Object(
  {
    secret: Type.Optional(
      Type.String({
        maxLength: limits.secretLength,
        description:
          "The new secret, as the endpoint's scheme has them; one is made if absent. The newest itself may be given, " +
          "to move the end of the grace.",
      }),
    ),
    grace_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: limits.secretGraceMsMax,
        default: limits.secretGraceMsDefault,
        description: "How long the secrets before it go on signing; 0 ends them at once.",
      }),
    ),
  },
  { additionalProperties: false, title: "SecretRotation" },
);
