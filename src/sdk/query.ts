/** Parameters of a request; those that are undefined are left out, lists are divided by commas. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** `?name=value&…`, or nothing. */
export function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** A name or id as one part of a path. Refuses with a TypeError what could be none. */
export function pathPart(name: string): string {
  if (typeof name !== "string" || name === "" || name === "." || name === "..") {
    throw new TypeError(`${JSON.stringify(name)} is not a name or an id.`);
  }
  return encodeURIComponent(name);
}
