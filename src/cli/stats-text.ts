/** Statistics for people: a line for each group or bucket, then what waits now. */
import type { Measures, Statistics, StatisticsBucket } from "../sdk/wire.ts";
import { type Column, tableText } from "./table.ts";

interface Line {
  readonly name: string;
  readonly measures: Measures;
}

const none = "-";

const durationText = (timeMs: number | undefined): string => {
  if (timeMs === undefined) return none;
  if (timeMs < 1000) return `${timeMs} ms`;
  if (timeMs < 60_000) return `${(timeMs / 1000).toFixed(1)} s`;
  return timeMs < 3_600_000 ? `${(timeMs / 60_000).toFixed(1)} min` : `${(timeMs / 3_600_000).toFixed(1)} h`;
};

const rateText = (rate: number | null): string => (rate === null ? none : `${(rate * 100).toFixed(2)} %`);

function columnsOf(first: string): Column<Line>[] {
  const delay = (name: "p50" | "p95" | "p99" | "max") => (line: Line) =>
    durationText(line.measures.delay_ms.from_accepted?.[name]);
  return [
    { title: first, of: ({ name }) => name },
    { title: "SENT", of: ({ measures }) => measures.sent },
    { title: "DELIVERED", of: ({ measures }) => measures.delivered },
    { title: "SUCCESS", of: ({ measures }) => rateText(measures.success_rate) },
    { title: "ATTEMPTS", of: ({ measures }) => measures.attempts },
    { title: "P50", of: delay("p50") },
    { title: "P95", of: delay("p95") },
    { title: "P99", of: delay("p99") },
    { title: "MAX", of: delay("max") },
    { title: "ERRORS", of: ({ measures }) => errorsText(measures) },
  ];
}

export function statsText(statistics: Statistics, width: number): { title: string; text: string } {
  const { groups, group_by: groupBy, total } = statistics;
  const buckets: readonly StatisticsBucket[] = groups[0]?.buckets ?? [];
  const lines: Line[] =
    groupBy === "none"
      ? buckets.map((bucket) => ({ name: bucket.at, measures: bucket }))
      : groups.map((group) => ({ name: group.is_others ? "others" : (group.key ?? none), measures: group.total }));
  const all = [...lines, { name: "total", measures: total }];
  const first = groupBy === "none" ? "ACCEPTED FROM" : groupBy.toUpperCase();
  const { title, rows } = tableText(all, columnsOf(first), { width, widthsBefore: null });
  return { title: title ?? "", text: `${rows}\n${nowText(statistics)}` };
}

function errorsText({ errors }: Measures): string {
  const found = Object.entries(errors).sort(([, left], [, right]) => right - left);
  return found.length === 0 ? none : found.map(([name, count]) => `${name} ${count}`).join(", ");
}

function nowText({ now }: Statistics): string {
  const { enabled, failing, paused, disabled, backlog, lag_ms: lagMs } = now;
  const waits = backlog === 0 ? "nothing waits" : `${backlog} wait, the oldest for ${durationText(lagMs)}`;
  return `Now: ${enabled} endpoints enabled, ${failing} failing, ${paused} paused, ${disabled} disabled; ${waits}.\n`;
}
