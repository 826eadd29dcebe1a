/**
 * How far a replay came. Attempts end in any order; what is durable is a place up to which everything is settled, and
 * the counts of exactly that. So after a crash the rest is sent again, and nothing is counted twice.
 */
/** `left-out`: it was not sent after all. */
export type ReplayOutcome = "delivered" | "failed" | "left-out";

export interface ReplayProgress {
  /** Everything up to here was sent, or left out. */
  position: number;
  delivered: number;
  failed: number;
  /** Everything up to here was taken up, or left out. */
  taken: number;
  /** What was taken up beyond `position`, ascending, with what came of it; null while it is in flight. */
  readonly open: { readonly position: number; outcome: ReplayOutcome | null }[];
}

export const progressFrom = (known: { position: number; delivered: number; failed: number }): ReplayProgress => ({
  position: known.position,
  delivered: known.delivered,
  failed: known.failed,
  taken: known.position,
  open: [],
});

/** The event at a position is about to be sent; everything between was left out. */
export function replayTook(progress: ReplayProgress, position: number): void {
  progress.taken = position;
  progress.open.push({ position, outcome: null });
  advance(progress);
}

/** Everything up to a position was taken up, or left out. */
export function replayPassed(progress: ReplayProgress, position: number): void {
  progress.taken = Math.max(progress.taken, position);
  advance(progress);
}

export function replayEnded(progress: ReplayProgress, position: number, outcome: ReplayOutcome): void {
  const entry = progress.open.find((open) => open.position === position);
  if (entry !== undefined) entry.outcome = outcome;
  advance(progress);
}

function advance(progress: ReplayProgress): void {
  const settled = progress.open.findIndex((entry) => entry.outcome === null);
  for (const { outcome } of progress.open.splice(0, settled === -1 ? progress.open.length : settled)) {
    if (outcome === "delivered") progress.delivered += 1;
    else if (outcome === "failed") progress.failed += 1;
  }
  const first = progress.open[0];
  progress.position = first === undefined ? progress.taken : first.position - 1;
}
