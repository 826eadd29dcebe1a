/** Statistics as series of a chart: every bucket of the range, also those without an attempt. */
import type { Statistics, StatisticsBucket } from "../../sdk/wire.ts";

export interface ChartValues {
  readonly atMs: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
  readonly sent: readonly number[];
  readonly delivered: readonly number[];
  readonly successRate: readonly (number | null)[];
}

export function chartValues({ from, to, bucket_ms: bucketMs, groups }: Statistics): ChartValues {
  const found = new Map<number, StatisticsBucket>();
  for (const bucket of groups[0]?.buckets ?? []) found.set(Date.parse(bucket.at), bucket);
  const atMs: number[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += bucketMs) atMs.push(at);
  const buckets = atMs.map((at) => found.get(at));
  const delay = (name: "p50" | "p95" | "p99") =>
    buckets.map((bucket) => bucket?.delay_ms.from_accepted?.[name] ?? null);
  return {
    atMs,
    p50: delay("p50"),
    p95: delay("p95"),
    p99: delay("p99"),
    sent: buckets.map((bucket) => bucket?.sent ?? 0),
    delivered: buckets.map((bucket) => bucket?.delivered ?? 0),
    successRate: buckets.map((bucket) => bucket?.success_rate ?? null),
  };
}
