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
    const trial = undone(base, mistakes);
    if (trial !== null && (await isTrue(isRight, trial))) return { mistakes, trial, trials, isComplete: true };
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

const undone = (base: Trial, mistakes: readonly Mistake[]): Trial | null =>
  mistakes.reduce<Trial | null>((trial, mistake) => trial && mistake.undo(trial), base);

/** A mistake may make of a scheme what is none. */
async function isTrue(isRight: Search["isRight"], trial: Trial): Promise<boolean> {
  try {
    return await isRight(trial);
  } catch {
    return false;
  }
}
