/** For whoever asks for a preset that there is not: providers have other names than their presets. */
import { didYouMean } from "../../config/nearest-name.ts";
import type { Scheme } from "./scheme.ts";

const lettersOf = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
/** Shorter words are in any title. */
const wordMin = 3;

/** " Did you mean `x`?" of `twitter`, and of a misspelt name; else nothing. */
export function presetHint(name: string, presets: ReadonlyMap<string, Pick<Scheme, "title">>): string {
  const said = lettersOf(name.slice(0, 64));
  const known = [...presets.keys()];
  const titled = said.length < wordMin ? [] : [...presets].filter(([, { title }]) => lettersOf(title).includes(said));
  const meant =
    known.find((preset) => lettersOf(preset) === said) ??
    titled[0]?.[0] ??
    known.find((preset) => preset.length >= wordMin && said.startsWith(lettersOf(preset)));
  return meant === undefined ? didYouMean(name, known) : ` Did you mean \`${meant}\`?`;
}
