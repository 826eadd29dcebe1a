/** What its deliveries look like: the JSON of these settings, and what stands for it in the code. */
import { Type } from "typebox";
import { compressions, deliveryMethods, type PayloadSettings, payloadFormats } from "../../core/endpoint-payload.ts";
import { limits } from "../../core/limits.ts";
import { nullable } from "../schemas/scalars.ts";
import type { Facet } from "./facet.ts";

export const formatSchema = Type.Enum([...payloadFormats], { description: "What a delivery carries." });

export const transformSchema = nullable(
  Type.String({ minLength: 1, maxLength: limits.transformLength }),
  "A JSONata expression that makes of the event what is sent as its data; null sends the data as they are.",
);

const batching = Type.Object(
  {
    max_events: Type.Integer({
      minimum: 2,
      maximum: limits.eventsPerRequest,
      description: "Events of one request; not more than `max_in_flight`.",
    }),
    max_wait_ms: Type.Integer({
      minimum: 0,
      maximum: limits.batchWaitMsMax,
      description: "The longest that a first event waits for others.",
    }),
  },
  { additionalProperties: false, title: "Batching" },
);

const batchSentence = "Several events in one request, as an array; null: one event a request.";

const request = {
  method: Type.Optional(
    Type.Enum([...deliveryMethods], { default: "POST", description: "`GET` carries the event in the query." }),
  ),
  format: Type.Optional(
    Type.Enum([...payloadFormats], { default: "standard", description: "What a delivery carries." }),
  ),
  compression: Type.Optional(
    Type.Enum([...compressions], { default: "none", description: "Of the body; it is signed as it was before." }),
  ),
  batch: Type.Optional(nullable(batching, batchSentence)),
  transform: Type.Optional(transformSchema),
};

interface Body {
  readonly method?: PayloadSettings["method"];
  readonly format?: PayloadSettings["format"];
  readonly compression?: PayloadSettings["compression"];
  readonly batch?: Type.Static<typeof batching> | null;
  readonly transform?: string | null;
}

export const payloadFacet = {
  request,
  response: {
    method: Type.Enum([...deliveryMethods]),
    format: Type.Enum([...payloadFormats]),
    compression: Type.Enum([...compressions]),
    batch: nullable(batching, batchSentence),
    transform: transformSchema,
  },
  input: ({ method, format, compression, batch, transform }: Body): Partial<PayloadSettings> => ({
    ...(method !== undefined && { method }),
    ...(format !== undefined && { format }),
    ...(compression !== undefined && { compression }),
    ...(batch !== undefined && {
      batch: batch === null ? null : { maxEvents: batch.max_events, maxWaitMs: batch.max_wait_ms },
    }),
    ...(transform !== undefined && { transform }),
  }),
  wire: ({ method, format, compression, batch, transform }: PayloadSettings) => ({
    method,
    format,
    compression,
    batch: batch === null ? null : { max_events: batch.maxEvents, max_wait_ms: batch.maxWaitMs },
    transform,
  }),
} satisfies Facet<PayloadSettings>;
