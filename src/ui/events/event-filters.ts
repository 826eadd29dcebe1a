/** Which events are looked for, as the page's address has it, and as the server is asked. */

export const spans = ["", "hour", "day", "week", "between"] as const;
export type Span = (typeof spans)[number];

export interface EventFilters {
  readonly text: string;
  readonly types: string;
  readonly subject: string;
  readonly span: Span;
  /** Of `between`, as fields of forms write local time. */
  readonly since: string;
  readonly until: string;
}

export const noFilters: EventFilters = { text: "", types: "", subject: "", span: "", since: "", until: "" };

const hourMs = 3_600_000;
const spanMs: Readonly<Partial<Record<Span, number>>> = { hour: hourMs, day: 24 * hourMs, week: 7 * 24 * hourMs };

export function filtersIn(parameters: URLSearchParams): EventFilters {
  const of = (name: string): string => parameters.get(name) ?? "";
  const span = spans.find((one) => one === of("time")) ?? "";
  return { text: of("q"), types: of("type"), subject: of("subject"), span, since: of("since"), until: of("until") };
}

/** What else is in the address stays. */
export function withFilters(parameters: URLSearchParams, filters: EventFilters): URLSearchParams {
  const { text, types, subject, span } = filters;
  const isBetween = span === "between";
  const [since, until] = isBetween ? [filters.since, filters.until] : ["", ""];
  const next = new URLSearchParams(parameters);
  for (const [name, value] of Object.entries({ q: text, type: types, subject, time: span, since, until })) {
    if (value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}

export interface EventQuery {
  readonly text?: string;
  readonly types?: string;
  readonly subject?: string;
  readonly since?: string;
  readonly until?: string;
}

export function queryOf({ text, types, subject, span, since, until }: EventFilters, nowMs: number): EventQuery {
  const lengthMs = spanMs[span];
  const from = lengthMs === undefined ? timeOf(span === "between" ? since : "") : new Date(nowMs - lengthMs);
  const to = timeOf(span === "between" ? until : "");
  return {
    ...(text.trim() !== "" && { text: text.trim() }),
    ...(types.trim() !== "" && { types: types.replaceAll(" ", "") }),
    ...(subject !== "" && { subject }),
    ...(from !== null && { since: from.toISOString() }),
    ...(to !== null && { until: to.toISOString() }),
  };
}

const timeOf = (local: string): Date | null => {
  const time = new Date(local);
  return local === "" || Number.isNaN(time.getTime()) ? null : time;
};

const pattern = /^(\*|[A-Za-z0-9_-]+)(\.(\*|[A-Za-z0-9_-]+))*$/;

/** Whether it is worth asking for: a pattern that is being typed mostly is not. */
export const areTypes = (types: string): boolean =>
  types.trim() === "" || types.split(",").every((one) => pattern.test(one.trim()));

/** Whether a text may be the id of an event. */
export const isIdLike = (text: string): boolean => /^evt_[A-Za-z0-9_:-]{8,}$|^[A-Za-z0-9_:-]{20,}$/.test(text.trim());
