/** The types that an endpoint takes as a map from types to true and false, for check boxes over the catalogue. */
import { typeFilter } from "../core/filter.ts";

/** What a map asks for, or why it says nothing that can be held. */
export type ReadTypeMap = { readonly types: readonly string[] } | { readonly refusal: string; readonly name: string };

/** The patterns that are true, but for types that another pattern among them takes already. */
export function readTypeMap(map: Readonly<Record<string, boolean>>): ReadTypeMap {
  const chosen = Object.keys(map).filter((name) => map[name] === true);
  if (chosen.length === 0) {
    return { refusal: "No type is true: an endpoint takes one at least. To stop it, pause it", name: "" };
  }
  const takes = typeFilter(chosen);
  const contradiction = Object.keys(map).find((name) => map[name] === false && takes(sampleOf(name)));
  if (contradiction !== undefined) {
    const by = chosen.find((pattern) => typeFilter([pattern])(sampleOf(contradiction))) ?? "";
    return { refusal: `\`${contradiction}\` is false, but \`${by}\`, which is true, takes it`, name: contradiction };
  }
  const wide = chosen.filter((name) => name.includes("*"));
  const takenAnyway = wide.length === 0 ? () => false : typeFilter(wide);
  return { types: chosen.filter((name) => name.includes("*") || !takenAnyway(name)) };
}

/** Every type offered and every pattern of the endpoint's own. Reading it back gives the same patterns. */
export function typeMap(types: readonly string[], offered: readonly string[]): Record<string, boolean> {
  const own = types.length === 0 ? ["*"] : types;
  const takes = typeFilter(own);
  const names = [...new Set([...own, ...offered])].sort();
  return Object.fromEntries(names.map((name) => [name, own.includes(name) || takes(name)]));
}

/** A type that the pattern takes, and of those one that the fewest others do. */
const sampleOf = (pattern: string): string => pattern.replaceAll("*", "x");
