/** How they are signed: the JSON of these settings, and what stands for it in the code. */
import type { SigningSettings } from "../../core/endpoint-signing.ts";
import type { Facet } from "./facet.ts";

export const signingFacet = {
  request: {},
  response: {},
  input: (_body: object) => ({}),
  wire: (_settings: object) => ({}),
} satisfies Facet<SigningSettings>;
