/** Where a value of a received request is, as configuration writes it: `header:x-github-delivery`. */
export const placeKinds = ["header", "query", "form", "body", "pair"] as const;
export type PlaceKind = (typeof placeKinds)[number];

export interface Place {
  readonly kind: PlaceKind;
  readonly name: string;
  /** Of `body`: the parts of the path. */
  readonly path: readonly string[];
}

const placeLengthMax = 256;
const pathPartsMax = 16;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The place, or the sentence that says why the text is none. `pair` is known only where `withPairs`. */
export function parsePlace(text: string, withPairs = false): Place | string {
  if (text.length > placeLengthMax) return `has more than ${placeLengthMax} characters`;
  const colon = text.indexOf(":");
  const kind = placeKinds.find((known) => known === text.slice(0, colon));
  if (kind === undefined || (kind === "pair" && !withPairs)) {
    return "is not `header:`, `query:`, `form:` or `body:` and a name";
  }
  const name = text.slice(colon + 1);
  if (name === "") return "has no name behind the colon";
  if (kind === "header" && !headerName.test(name)) return "names no header";
  const path = kind === "body" ? name.split(".") : [];
  if (path.includes("")) return "has an empty part in its path";
  if (path.includes("__proto__")) return "names a member that no object should have";
  if (path.length > pathPartsMax) return `has more than ${pathPartsMax} parts in its path`;
  return { kind, name: kind === "header" ? name.toLowerCase() : name, path };
}
