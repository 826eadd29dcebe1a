/** What is said of a body that has several events of the provider's: they are one event here, as they came together. */
import { hash } from "node:crypto";

/** Their type where they have one in common; `batch` where they have not. */
export function commonType(types: readonly (string | null)[]): string | null {
  const known = new Set(types);
  if (known.size <= 1) return types[0] ?? null;
  return "batch";
}

/** One id for all: that of the only one, else a digest of theirs; null where one has none. */
export function batchId(ids: readonly (string | null)[]): string | null {
  if (ids.length === 0 || ids.some((id) => id === null)) return null;
  if (ids.length === 1) return ids[0] ?? null;
  return `batch-${hash("sha256", JSON.stringify(ids), "hex").slice(0, 32)}`;
}

/** The first time of all; null where none is known. */
export function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : known.reduce((least, time) => Math.min(least, time));
}
