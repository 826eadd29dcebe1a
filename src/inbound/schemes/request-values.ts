/** The values of a request that is being judged. The body is read only where a place asks for it. */
import { headerValues } from "../../core/received-request.ts";
import { type Place, parsePlace } from "../../core/value-place.ts";
import { JsonBody } from "./json-value.ts";
import { formOf, queryOf } from "./request-parts.ts";
import type { SchemeRequest } from "./scheme.ts";

export class RequestValues {
  readonly request: SchemeRequest;
  #form: URLSearchParams | null = null;
  #json: JsonBody | null = null;

  constructor(request: SchemeRequest) {
    this.request = request;
  }

  /** Every value that stands there: more than one where a name is repeated. */
  all({ kind, name, path }: Place): string[] {
    switch (kind) {
      case "header":
        return headerValues(this.request.headers, name);
      case "query":
        return queryOf(this.request).getAll(name);
      case "form":
        return this.#fields().getAll(name);
      case "body": {
        const value = this.#body().value(path);
        return value === null ? [] : [value];
      }
      case "pair":
        return [];
    }
  }

  /** The only value at a place as configuration writes it; null where there is none, or several. */
  one(written: string): string | null {
    const place = parsePlace(written);
    if (typeof place === "string") return null;
    const values = this.all(place);
    return values.length === 1 ? (values[0] ?? null) : null;
  }

  /** The names of a JSON body's members. */
  names(): string[] {
    return this.#body().names();
  }

  #body(): JsonBody {
    this.#json ??= new JsonBody(this.request.body);
    return this.#json;
  }

  #fields(): URLSearchParams {
    this.#form ??= formOf(this.request.body) ?? new URLSearchParams();
    return this.#form;
  }
}
