/** How many lanes are how, for the metrics: counted when somebody asks. */
import type { RunningLane } from "./running-lane.ts";

export interface LaneCounts {
  readonly lanes: { readonly idle: number; readonly busy: number; readonly failing: number; readonly open: number };
  /** Events that lanes have yet to read; one that several have is counted for each. */
  readonly backlog: number;
  readonly parked: number;
}

export function countLanes(running: Iterable<Pick<RunningLane, "lane">>, head: number): LaneCounts {
  const lanes = { idle: 0, busy: 0, failing: 0, open: 0 };
  let backlog = 0;
  let parked = 0;
  for (const { lane } of running) {
    parked += lane.parked.total;
    if (!lane.caughtUp) backlog += head - lane.readPosition;
    if (lane.breaker.probeAtMs !== null) lanes.open += 1;
    else if (lane.breaker.consecutiveFailures > 0) lanes.failing += 1;
    else if (!lane.caughtUp || lane.flights.size > 0) lanes.busy += 1;
    else lanes.idle += 1;
  }
  return { lanes, backlog, parked };
}
