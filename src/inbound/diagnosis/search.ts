/** Tries mistakes one by one, then two at once, within bounds: what is tried is cheap, and there are many. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../core/ports.ts";
import type { Axis, Mistake, Trial } from "./mistake.ts";

export interface Search {
  readonly base: Trial;
  /** A mistake is tried with those of other axes, and not with those of its own. */
  readonly axes: readonly Axis[];
  readonly isRight: (trial: Trial) => boolean | Promise<boolean>;
  readonly clock: Pick<Clock, "steadyMs">;
  readonly bounds: SearchBounds;
}

export interface SearchBounds {
  readonly trials: number;
  /** Of computing, others' turns not counted. */
  readonly computingMs: number;
}

export interface SearchResult {
  /** None where nothing that was tried is right. */
  readonly mistakes: readonly Mistake[];
  /** With the mistakes undone. */
  readonly trial: Trial | null;
  readonly trials: number;
  /** False where the bounds ended it. */
  readonly isComplete: boolean;
}

/** After so long, whatever else waits has its turn. */
const turnMs = 4;
/** Of an axis that has more, the first ones are tried together with others. */
const pairedMax = 40;

export async function search({ base, axes, isRight, clock, bounds }: Search): Promise<SearchResult> {
  let trials = 0;
  let computedMs = 0;
  let turnBeganMs = clock.steadyMs();
  for (const mistakes of candidates(axes)) {
    if (trials >= bounds.trials || computedMs > bounds.computingMs) {
      return { mistakes: [], trial: null, trials, isComplete: false };
    }
    trials += 1;
    const trial = await undone(base, mistakes, isRight);
    if (trial !== null) return { mistakes, trial, trials, isComplete: true };
    const spentMs = clock.steadyMs() - turnBeganMs;
    if (spentMs < turnMs) continue;
    computedMs += spentMs;
    await setImmediate();
    turnBeganMs = clock.steadyMs();
  }
  return { mistakes: [], trial: null, trials, isComplete: true };
}

function* candidates(axes: readonly Axis[]): Generator<readonly Mistake[]> {
  for (const axis of axes) for (const mistake of axis) yield [mistake];
  for (let first = 0; first < axes.length; first++) {
    for (let second = first + 1; second < axes.length; second++) {
      for (const one of (axes[first] ?? []).slice(0, pairedMax)) {
        for (const other of (axes[second] ?? []).slice(0, pairedMax)) yield [one, other];
      }
    }
  }
}

/** The trial without the mistakes, if it is right then. A mistake may make of a request, or a scheme, what is none. */
async function undone(base: Trial, mistakes: readonly Mistake[], isRight: Search["isRight"]): Promise<Trial | null> {
  try {
    const trial = mistakes.reduce<Trial | null>((before, mistake) => before && mistake.undo(before), base);
    return trial !== null && (await isRight(trial)) ? trial : null;
  } catch {
    return null;
  }
}
