import type { SchemeChoice } from "../core/scheme.ts";
import { declaredScheme } from "./schemes/declared.ts";
import { presets } from "./schemes/presets.ts";
import type { Scheme } from "./schemes/scheme.ts";
import { unverified } from "./unverified.ts";

/** Made once for each scheme as it is configured. */
const declared = new WeakMap<object, Scheme>();

/** Null where a source was stored by a version that knew more presets. */
export function schemeOf(choice: SchemeChoice): Scheme | null {
  if ("preset" in choice) return presets.get(choice.preset) ?? null;
  if ("unverified" in choice) return unverified;
  let scheme = declared.get(choice.custom);
  if (scheme === undefined) {
    scheme = declaredScheme(choice.custom);
    declared.set(choice.custom, scheme);
  }
  return scheme;
}
