/** In which order: the JSON of these settings, and what stands for it in the code. */
import type { OrderSettings } from "../../core/endpoint-order.ts";
import type { Facet } from "./facet.ts";

export const orderFacet = {
  request: {},
  response: {},
  input: (_body: object) => ({}),
  wire: (_settings: object) => ({}),
} satisfies Facet<OrderSettings>;
