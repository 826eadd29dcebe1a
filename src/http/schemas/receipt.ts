import { Type } from "typebox";
import { limits } from "../../core/limits.ts";
import { rejectionCodes } from "../../core/source.ts";
import { nullable, time } from "./scalars.ts";

export const receivedRequestSchema = Type.Object(
  {
    method: Type.String(),
    target: Type.String({ description: "Path and query, as in the request line." }),
    headers: Type.Array(Type.Array(Type.String()), {
      description: "Name and value, in order and as often as they came; credentials are hidden.",
    }),
    address: Type.String({ description: "The client's, behind the proxies that are trusted." }),
    protocol: Type.Enum(["http", "https"]),
    received_at: time("When it came."),
    body: Type.Optional(Type.String({ description: "Where it is UTF-8." })),
    body_base64: Type.Optional(Type.String({ description: "Where it is not UTF-8." })),
  },
  { title: "ReceivedRequest", description: "A request as it was received." },
);

export type ReceivedRequestBody = Type.Static<typeof receivedRequestSchema>;

const outcome = Type.Enum(["rejected", "duplicate", "handshake"]);

const receiptMembers = {
  id: Type.String(),
  source: Type.String({ description: "The source's name." }),
  outcome,
  code: nullable(Type.Enum([...rejectionCodes]), "Why it was rejected; else null."),
  detail: nullable(Type.String(), "A sentence for people."),
  event_id: nullable(Type.String(), "Of `duplicate`: the event that it is a copy of."),
  received_at: time("When it came."),
  method: Type.String(),
  target: Type.String(),
  address: Type.String(),
};

export const receiptSchema = Type.Object(receiptMembers, {
  title: "Receipt",
  description: "A request that made no event: rejected, a copy of one that did, or a handshake.",
});

export type ReceiptBody = Type.Static<typeof receiptSchema>;

export const receiptWithRequestSchema = Type.Object(
  {
    ...receiptMembers,
    request: receivedRequestSchema,
    body_truncated: Type.Boolean({ description: `Of the body, the first ${limits.receiptBodyBytes} bytes are kept.` }),
  },
  { title: "ReceiptWithRequest" },
);

export const receiptQuerySchema = Type.Object(
  {
    outcome: Type.Optional(outcome),
    before: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: "`next_cursor` of the page before: goes back in time." }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: limits.receiptPageSizeMax,
        default: limits.receiptPageSize,
        description: "Receipts of a page.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const receiptPageSchema = Type.Object({
  data: Type.Array(receiptSchema),
  next_cursor: nullable(Type.String(), "`before` of the next page; null at the end."),
  has_more: Type.Boolean(),
});
