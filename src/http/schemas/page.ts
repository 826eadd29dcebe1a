import { type TSchema, Type } from "typebox";
import { limits } from "../../core/limits.ts";

/** A page of a list. `next_cursor` goes into `after` to get the next one. */
export const pageOf = <Item extends TSchema>(item: Item) =>
  Type.Object({
    data: Type.Array(item),
    next_cursor: Type.Union([Type.String(), Type.Null()], {
      description: "`after` of the next page; null at the end.",
    }),
    has_more: Type.Boolean(),
  });

/** What every list takes. */
export const pageParameters = {
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "`next_cursor` of the page before." })),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: limits.listPageSizeMax,
      default: limits.listPageSize,
      description: "Items of a page.",
    }),
  ),
};
