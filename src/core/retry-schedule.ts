/** Schedules of retries that are told in another way than delay by delay: by a name, or by a rule. */
import { limits } from "./limits.ts";
import { defaultRetryPolicy } from "./retry-policy.ts";

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

/** Delays by name. */
export const retryPresets = {
  /** Ten attempts over three days. */
  default: defaultRetryPolicy.delaysMs,
  /** Six attempts within a quarter of an hour: for receivers to whom old news is no news. */
  quick: [seconds, 5 * seconds, 30 * seconds, 2 * minutes, 10 * minutes],
  /** Seventeen attempts over ten days: for receivers that are mended on Monday. */
  patient: [minutes, 10 * minutes, hours, 3 * hours, 8 * hours, ...Array<number>(11).fill(20 * hours)],
  none: [],
} as const satisfies Record<string, readonly number[]>;

export type RetryPreset = keyof typeof retryPresets;

export const retryPresetNames = Object.keys(retryPresets) as readonly RetryPreset[];

/** The wait after each failure is `factor` times the one before, up to a bound. */
export interface ExponentialRetry {
  readonly initialMs: number;
  readonly factor: number;
  readonly delayMsMax: number;
  /** How many retries there are. */
  readonly retries: number;
}

export const retryFactor = { min: 1, max: 10, default: 2 } as const;

export const exponentialDelaysMs = ({ initialMs, factor, delayMsMax, retries }: ExponentialRetry): readonly number[] =>
  Array.from({ length: Math.min(retries, limits.retriesPerSchedule) }, (_, step) =>
    Math.round(Math.min(delayMsMax, limits.retryDelayMsMax, initialMs * factor ** step)),
  );
