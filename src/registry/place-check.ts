/** Where an endpoint's deliveries go, and what its headers must be, whatever else it is. */
import { type Endpoint, headerRefusal, urlRefusal } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import { checkKind, type Runnable, requirePlace, requireSameKind } from "./kind-check.ts";

export interface PlaceRules {
  /** Why an address may not be sent to; null where it may. Judges literal addresses only. */
  readonly addressRefusal: (host: string) => string | null;
  /** Absent: nothing is. */
  readonly runnable?: Runnable;
}

/** Of a new endpoint. Refuses with `url-refused` and `header-refused`, and as `checkKind` does. */
export function checkNewPlace(input: Partial<Endpoint>, rules: PlaceRules): void {
  const { kind = "http" } = input;
  checkKind(kind, input, rules.runnable ?? nothing);
  requirePlace(kind, input);
  checkPlace(input, rules.addressRefusal);
}

/** Of a change. */
export function checkChangedPlace(before: Endpoint, change: Partial<Endpoint>, rules: PlaceRules): void {
  requireSameKind(before, change);
  checkKind(before.kind, change, rules.runnable ?? nothing);
  checkPlace(change, rules.addressRefusal);
}

const nothing: Runnable = {
  program: () => ({ refusal: "not_allowed", sentence: "Nothing is run here" }),
  hasHandler: () => false,
};

function checkPlace(input: Partial<Endpoint>, addressRefusal: PlaceRules["addressRefusal"]): void {
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
