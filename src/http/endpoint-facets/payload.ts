/** What its deliveries look like: the JSON of these settings, and what stands for it in the code. */
import type { PayloadSettings } from "../../core/endpoint-payload.ts";
import type { Facet } from "./facet.ts";

export const payloadFacet = {
  request: {},
  response: {},
  input: (_body: object) => ({}),
  wire: (_settings: object) => ({}),
} satisfies Facet<PayloadSettings>;
