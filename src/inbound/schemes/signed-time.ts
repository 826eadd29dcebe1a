/** Times as providers write them, and whether a signed one is near enough. */
import type { TimeUnit } from "../../core/scheme.ts";
import { refusal } from "./refusal.ts";
import type { Refusal } from "./scheme.ts";

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970, or null where the text is not exactly such a time. */
export function readTime(text: string, unit: TimeUnit): number | null {
  if (unit === "rfc3339") {
    const ms = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(ms) ? null : ms;
  }
  if (!/^\d{1,15}$/.test(text)) return null;
  const ms = unit === "seconds" ? Number(text) * 1000 : Number(text);
  return Number.isSafeInteger(ms) ? ms : null;
}

/** The same of a time that nothing depends on: seconds may have a fraction. */
export function readTimeLoosely(text: string, unit: TimeUnit): number | null {
  const whole = readTime(text, unit);
  if (whole !== null || unit === "rfc3339" || !/^\d{1,15}\.\d{1,9}$/.test(text)) return whole;
  return Math.floor(Number(text) * (unit === "seconds" ? 1000 : 1));
}

export function writeTime(ms: number, unit: TimeUnit): string {
  if (unit === "rfc3339") return new Date(ms).toISOString();
  return String(unit === "seconds" ? Math.floor(ms / 1000) : Math.floor(ms));
}

/** Both ways: a time in the future would keep a request good for longer than the window. */
export function timeRefusal(
  signedMs: number,
  unit: TimeUnit,
  { nowMs, toleranceMs }: { nowMs: number; toleranceMs: number },
): Refusal | null {
  const ageMs = (unit === "seconds" ? Math.floor(nowMs / 1000) * 1000 : nowMs) - signedMs;
  if (ageMs > toleranceMs) {
    return refusal("timestamp_stale", `It was signed ${seconds(ageMs)} ago.`);
  }
  if (ageMs < -toleranceMs) {
    return refusal("timestamp_future", `It was signed ${seconds(-ageMs)} in the future.`);
  }
  return null;
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} seconds`;
