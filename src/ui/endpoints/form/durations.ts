/** Durations as people write them: `90s`, `5m`, `1.5h`, `2d`. */

const units = [
  { letter: "d", ms: 86_400_000 },
  { letter: "h", ms: 3_600_000 },
  { letter: "m", ms: 60_000 },
  { letter: "s", ms: 1000 },
] as const;

/** Null where it is none. A number alone is seconds. */
export function readDuration(text: string): number | null {
  const found = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/.exec(text);
  if (found === null) return null;
  const unit = found[2] ?? "s";
  const ms = unit === "ms" ? 1 : (units.find(({ letter }) => letter === unit)?.ms ?? 1000);
  return Math.round(Number(found[1]) * ms);
}

/** In the largest unit that says it exactly. */
export function writeDuration(durationMs: number): string {
  const unit = units.find(({ ms }) => durationMs >= ms && durationMs % ms === 0);
  if (unit !== undefined) return `${durationMs / unit.ms}${unit.letter}`;
  return durationMs === 0 ? "0s" : `${durationMs}ms`;
}

/** A list divided by commas; null where one of them is none. Empty: none at all. */
export function readDurations(text: string): number[] | null {
  const parts = text.split(/[,\s]+/).filter(Boolean);
  const read = parts.map(readDuration);
  return read.every((one) => one !== null) ? read : null;
}

export const writeDurations = (durationsMs: readonly number[]): string => durationsMs.map(writeDuration).join(", ");
