import { Type } from "typebox";
import { limits } from "../../core/limits.ts";
import { tenantParameter, time } from "./scalars.ts";

export const newPortalLinkSchema = Type.Object(
  {
    tenant: tenantParameter,
    expires_in_ms: Type.Optional(
      Type.Integer({
        minimum: limits.portalLinkAgeMsMin,
        maximum: limits.portalLinkAgeMsMax,
        default: limits.portalLinkAgeMsDefault,
        description: "How long it works; no longer than the key that makes it.",
      }),
    ),
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: limits.keyNameLength, description: "For people, in the list of keys." }),
    ),
  },
  { title: "NewPortalLink", additionalProperties: false },
);

export const portalLinkSchema = Type.Object(
  {
    url: Type.String({ description: "To be opened, or shown in a frame, by whoever is to see the tenant's portal." }),
    token: Type.String({ description: "What the URL ends with. It is not kept, and never answered again." }),
    tenant: Type.String(),
    expires_at: time("When it ends."),
    key_id: Type.String({ description: "Its key: delete that to end the link before." }),
  },
  { title: "PortalLink" },
);
