/** How fast it is sent to: the JSON of these settings, and what stands for it in the code. */
import type { PaceSettings } from "../../core/endpoint-pace.ts";
import type { Facet } from "./facet.ts";

export const paceFacet = {
  request: {},
  response: {},
  input: (_body: object) => ({}),
  wire: (_settings: object) => ({}),
} satisfies Facet<PaceSettings>;
