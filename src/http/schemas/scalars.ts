import { type TSchema, Type } from "typebox";
import { defaultTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";

export const time = (description: string) => Type.String({ format: "date-time", description });

export const nullable = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description });

export const tenantParameter = Type.Optional(
  Type.String({ minLength: 1, maxLength: limits.tenantLength, description: `Tenant; \`${defaultTenant}\` if absent.` }),
);

/** Longer than the text of any place. */
export const placeLengthMax = 160;

export const placeMember = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: placeLengthMax,
    description: `${description} A cursor, \`earliest\`, \`latest\`, the id of an event, or \`time:\` and a time of RFC 3339.`,
  });

export const includeParameter = Type.Optional(
  Type.Enum(["request"], { description: "`request`: with the request that a received event came with." }),
);
