/** Which events an endpoint takes: the JSON of these settings, and what stands for it in the code. */
import type { SelectionSettings } from "../../core/endpoint-selection.ts";
import type { Facet } from "./facet.ts";

export const selectionFacet = {
  request: {},
  response: {},
  input: (_body: object) => ({}),
  wire: (_settings: object) => ({}),
} satisfies Facet<SelectionSettings>;
