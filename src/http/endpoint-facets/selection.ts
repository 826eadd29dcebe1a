/** Which events an endpoint takes: the JSON of these settings, and what stands for it in the code. */
import { Type } from "typebox";
import type { SelectionSettings } from "../../core/endpoint-selection.ts";
import { limits } from "../../core/limits.ts";
import { nullable } from "../schemas/scalars.ts";
import type { Facet } from "./facet.ts";

const filter = nullable(
  Type.String({ minLength: 1, maxLength: limits.filterLength }),
  "An expression in CEL that events must satisfy; null takes every event that `types` takes.",
);

const versions = Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: limits.versionLength }), {
  description:
    "By event type: the version that the endpoint gets its data in, made by the transforms of the catalogue. " +
    "Types that are not named come in the version that they were published in.",
});

interface Body {
  readonly filter?: string | null;
  readonly versions?: Readonly<Record<string, string>>;
}

export const selectionFacet = {
  request: { filter: Type.Optional(filter), versions: Type.Optional(versions) },
  response: { filter, versions },
  input: ({ filter, versions }: Body): Partial<SelectionSettings> => ({
    ...(filter !== undefined && { filter }),
    ...(versions !== undefined && { versions }),
  }),
  wire: ({ filter, versions }: SelectionSettings) => ({ filter, versions: { ...versions } }),
} satisfies Facet<SelectionSettings>;
