import { type TSchema, Type } from "typebox";
import { defaultTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";

export const time = (description: string) => Type.String({ format: "date-time", description });

export const nullable = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description });

export const tenantParameter = Type.Optional(
  Type.String({ minLength: 1, maxLength: limits.tenantLength, description: `Tenant; \`${defaultTenant}\` if absent.` }),
);
