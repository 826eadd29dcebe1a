/** How far behind a consumer was, seen from when the page was opened. */
import { useEffect, useState } from "react";

export interface LagPoint {
  readonly atMs: number;
  readonly lag: number;
}

/** Half an hour, where one is seen every two seconds. */
const pointsMax = 900;

/** A point for each time that it was looked at. */
export function useLagHistory(lag: number | undefined, lookedAtMs: number): readonly LagPoint[] {
  const [points, setPoints] = useState<readonly LagPoint[]>([]);
  useEffect(() => {
    if (lag === undefined) return;
    setPoints((before) =>
      before.at(-1)?.atMs === lookedAtMs ? before : [...before.slice(1 - pointsMax), { atMs: lookedAtMs, lag }],
    );
  }, [lag, lookedAtMs]);
  return points;
}
