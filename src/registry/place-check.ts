/** What an endpoint's URL and headers must be, whatever else it is. */
import { type Endpoint, headerRefusal, urlRefusal } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";

/** Refuses with `url-refused` and `header-refused`. */
export function checkPlace(input: Partial<Endpoint>, addressRefusal: (host: string) => string | null): void {
  if (input.url !== undefined) checkUrl(input.url, addressRefusal);
  const names = new Set<string>();
  for (const [name, value] of Object.entries(input.headers ?? {})) {
    const lower = name.toLowerCase();
    if (names.has(lower)) {
      throw new TrotlineError("header-refused", `\`${name}\` is set twice.`, { field: `/headers/${name}` });
    }
    names.add(lower);
    const refusal = headerRefusal(name, value);
    if (refusal !== null) throw new TrotlineError("header-refused", `${refusal}.`, { field: `/headers/${name}` });
  }
}

function checkUrl(text: string, addressRefusal: (host: string) => string | null): void {
  const parsed = URL.parse(text);
  const refusal = urlRefusal(text, parsed) ?? addressRefusal(parsed?.hostname ?? "");
  if (refusal !== null) {
    throw new TrotlineError("url-refused", `The URL is refused: ${refusal}.`, { field: "/url" });
  }
}
