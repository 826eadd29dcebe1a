import { Type } from "typebox";
import { pageOf, pageParameters } from "./page.ts";

export const tenantSchema = Type.Object(
  {
    name: Type.String(),
    endpoints: Type.Integer({ minimum: 0, description: "How many endpoints it has." }),
  },
  { title: "Tenant" },
);

export const tenantPageSchema = pageOf(tenantSchema);
export const tenantQuerySchema = Type.Object(pageParameters, { additionalProperties: false });
