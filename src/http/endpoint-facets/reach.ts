/** How receivers know Trotline, and agree to be sent to: the JSON of these settings, and what stands for it in the code. */
import type { ReachSettings } from "../../core/endpoint-reach.ts";
import type { Facet } from "./facet.ts";

export const reachFacet = {
  request: {},
  response: {},
  input: (_body: object) => ({}),
  wire: (_settings: object) => ({}),
} satisfies Facet<ReachSettings>;
