/** What a figure is, and the rounds in which every one with a baseline is measured. */
import { withDisturbance } from "./disturbance.ts";
import type { FilledLog } from "./filled-log.ts";
import type { ReceiverKind } from "./receiver.ts";
import type { Resources } from "./resources.ts";

/** What a figure is given. */
export interface Bench {
  /** Smaller counts and fewer rounds: to see that it runs, not to quote. */
  readonly quick: boolean;
  /** Options for the Node that runs the server. */
  readonly nodeOptions: readonly string[];
  readonly receiver: ReceiverKind;
  /** A data folder with a long log, made once for a whole run. */
  filledLog(): Promise<FilledLog>;
  /** A line for whoever waits. */
  progress(line: string): void;
}

export interface Measured {
  readonly value: number;
  /** Null where the figure is held against a number and not against another program. */
  readonly baseline: number | null;
  /** What the reader of a table should know beside the numbers. */
  readonly notes: readonly string[];
}

/** One of several lines of a figure: what is measured for more than one number of processes, or length of the log. */
export interface Line extends Measured {
  readonly name: string;
  /** The figure's where it is not said. */
  readonly unit?: string;
}

export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** One line: value against baseline. */
  readonly what: string;
  /** What has to be installed first, in a sentence; null where nothing is missing. Then a run of all leaves it out. */
  readonly missing?: () => string | null;
  measure(bench: Bench, resources: Resources): Promise<Measured | readonly Line[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below which this share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Many short rounds and not a few long ones: what else the machine does spoils some of them, and not the medians. */
const roundsTotal = { full: 9, quick: 3 };
/** Pairs that are not counted: a large program needs some 40,000 events until it is compiled as it will stay. */
const warmUpTotal = { full: 4, quick: 1 };
/** A round in which other programs took more of the machine than this is measured again, */
const disturbedShare = 0.1;
/** until there have been this many times the rounds; then the least disturbed are taken. */
const patience = 3;

/** How long a side works in one round, where it is the time that is given. */
export const roundSeconds = (bench: Bench): number => (bench.quick ? 0.5 : 1);

interface Round {
  /** What each side reached. */
  readonly result: readonly number[];
  /** The share of the machine, 0 to 1, that other programs had meanwhile. */
  readonly share: number;
}

export interface Side {
  readonly median: number;
  /** The lowest and the highest, as text. */
  readonly spread: string;
}

/**
 * Measures both sides in turn (A B A B …), so that a machine that grows slower or faster does so for both, and answers
 * the medians. The first pairs warm up compilers, connections and windows, and are not counted.
 */
export async function alternate(
  bench: Bench,
  sides: { name: string; value: () => Promise<number>; baseline: () => Promise<number> },
): Promise<Measured> {
  const turns = await takeTurns(bench, sides.name, [sides.value, sides.baseline]);
  const [value, baseline] = turns.sides as [Side, Side];
  const notes = [`${turns.rounds} rounds: ${value.spread} against ${baseline.spread}`, ...turns.notes];
  return { value: value.median, baseline: baseline.median, notes };
}

/** `alternate` for any number of sides. */
export async function takeTurns(
  bench: Bench,
  name: string,
  sides: readonly (() => Promise<number>)[],
): Promise<{ readonly sides: readonly Side[]; readonly rounds: number; readonly notes: readonly string[] }> {
  const wanted = bench.quick ? roundsTotal.quick : roundsTotal.full;
  const once = async (): Promise<number[]> => {
    const reached: number[] = [];
    for (const side of sides) reached.push(await side());
    return reached;
  };
  const rounds: Round[] = [];
  const calm = () => rounds.filter((round) => round.share <= disturbedShare);
  const warmUps = bench.quick ? warmUpTotal.quick : warmUpTotal.full;
  for (let round = 0; round < warmUps; round++) await once();
  while (calm().length < wanted && rounds.length < wanted * patience) {
    const { result, share } = await withDisturbance(once);
    rounds.push({ result, share });
    const others = share > disturbedShare ? ` (others had ${Math.round(share * 100)} % of the machine)` : "";
    bench.progress(`${name} ${calm().length}/${wanted}: ${result.map(rounded).join(" against ")}${others}`);
  }
  const taken = rounds.sort((left, right) => left.share - right.share).slice(0, wanted);
  const worst = Math.max(...taken.map((round) => round.share));
  return {
    sides: sides.map((_, index) => {
      const values = taken.map((round) => round.result[index] ?? Number.NaN);
      return { median: median(values), spread: spread(values) };
    }),
    rounds: wanted,
    notes:
      worst > disturbedShare ? [`DISTURBED: other programs had up to ${Math.round(worst * 100)} % of the machine`] : [],
  };
}

const spread = (values: readonly number[]): string => `${rounded(Math.min(...values))}–${rounded(Math.max(...values))}`;

/** Three significant digits or whole numbers: more would pretend. */
export function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
