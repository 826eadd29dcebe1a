/** Which time a question about statistics is about, and in which buckets. */
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { floorTo, hourMs, minuteMs, minutesAgeMs } from "../log/statistics-rows.ts";

export const bucketLengths = {
  "1m": minuteMs,
  "5m": 5 * minuteMs,
  "15m": 15 * minuteMs,
  "1h": hourMs,
  "6h": 6 * hourMs,
  "1d": 24 * hourMs,
} as const;
export type BucketName = keyof typeof bucketLengths;

export interface StatisticsRange {
  readonly fromMs: number;
  readonly beforeMs: number;
  readonly bucket: BucketName;
  readonly bucketMs: number;
  readonly stepMs: number;
}

interface AskedRange {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly bucket: BucketName | null;
}

const rangeDefaultMs = 24 * hourMs;
/** Further apart no two times are that mean something. */
const rangeMaxMs = 366 * 24 * hourMs;

/**
 * Wide enough that its buckets are whole. The last day where nothing is asked; the shortest buckets that are kept and
 * are not too many, where no length is. Refuses with `statistics-range-refused`.
 */
export function statisticsRange({ fromMs, toMs, bucket }: AskedRange, nowMs: number): StatisticsRange {
  const to = toMs ?? nowMs;
  const from = fromMs ?? to - rangeDefaultMs;
  if (from >= to) throw refused("`from` is before `to`.", "from");
  if (to - from > rangeMaxMs) throw refused("A range has at most 366 days.", "from");
  const keptFromMs = nowMs - minutesAgeMs;
  if (bucket !== null) {
    const range = rangeOf(from, to, bucket);
    if (range.stepMs === minuteMs && range.fromMs < floorTo(keptFromMs, hourMs)) {
      throw refused("Buckets below an hour go back two days: ask for a later `from`, or for `1h`.", "bucket");
    }
    if (countOf(range) > limits.statisticsBuckets) throw refused(tooMany(bucket), "bucket");
    return range;
  }
  const names = Object.keys(bucketLengths) as BucketName[];
  const fitting = names
    .map((name) => rangeOf(from, to, name))
    .find((range) => countOf(range) <= limits.statisticsBuckets && (range.stepMs === hourMs || from >= keptFromMs));
  if (fitting === undefined) throw refused(tooMany("1d"), "from");
  return fitting;
}

function rangeOf(fromMs: number, toMs: number, bucket: BucketName): StatisticsRange {
  const bucketMs = bucketLengths[bucket];
  return {
    fromMs: floorTo(fromMs, bucketMs),
    beforeMs: floorTo(toMs + bucketMs - 1, bucketMs),
    bucket,
    bucketMs,
    stepMs: bucketMs < hourMs ? minuteMs : hourMs,
  };
}

const countOf = ({ fromMs, beforeMs, bucketMs }: StatisticsRange): number => (beforeMs - fromMs) / bucketMs;

const tooMany = (bucket: BucketName): string =>
  `That is more than ${limits.statisticsBuckets} buckets of ${bucket}: ask for longer ones, or for a shorter range.`;

const refused = (detail: string, field: string): TrotlineError =>
  new TrotlineError("statistics-range-refused", detail, { field });
