import { isTime } from "../outbound/read-events.ts";

/** RFC 3339 with milliseconds, in UTC. */
export const wireTime = (timeMs: number): string => new Date(timeMs).toISOString();

export const wireTimeOrNull = (timeMs: number | null): string | null => (timeMs === null ? null : wireTime(timeMs));

/** Milliseconds since 1970, or null where the text is not a time of RFC 3339. */
export const readTime = (text: string): number | null => (isTime(text) ? Date.parse(text) : null);
