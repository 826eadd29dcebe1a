import { distance } from "fastest-levenshtein";

/** The known name that a misspelt one was probably meant to be; null where none is near. */
function nearestName(name: string, known: Iterable<string>): string | null {
  // Only the beginning is compared: the cost grows with the square of the length.
  const shown = name.slice(0, 64).toLowerCase();
  let nearest: string | null = null;
  let nearestDistance = Math.max(2, Math.floor(shown.length / 3)) + 1;
  for (const candidate of known) {
    const isBeginning = shown.length >= 3 && candidate.toLowerCase().startsWith(shown);
    const steps = isBeginning ? 1 : distance(shown, candidate.toLowerCase());
    if (steps >= nearestDistance) continue;
    nearest = candidate;
    nearestDistance = steps;
  }
  return nearest;
}

/** " Did you mean `port`?", or nothing: to be put behind a sentence. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return nearest === null ? "" : ` Did you mean \`${nearest}\`?`;
}
