/** The schedules that have a name, as they are read. */
import { readDurations, writeDurations } from "./durations.ts";

export const retryChoices = ["default", "quick", "patient", "none", "custom"] as const;
export type RetryChoice = (typeof retryChoices)[number];

export const namedSchedules: Readonly<Record<Exclude<RetryChoice, "custom">, string>> = {
  default: "5s, 5m, 30m, 2h, 5h, 10h, 14h, 20h, 1d",
  quick: "1s, 5s, 30s, 2m, 10m",
  patient: "1m, 10m, 1h, 3h, 8h, 20h, 20h, 20h, 20h, 20h, 20h, 20h, 20h, 20h, 20h, 20h",
  none: "",
};

/** Which of them a schedule is. */
export function retryChoiceOf(delaysMs: readonly number[]): RetryChoice {
  const written = writeDurations(delaysMs);
  const named = retryChoices.find((choice) => choice !== "custom" && namedSchedules[choice] === written);
  return named ?? "custom";
}

/** Null where a custom one cannot be read. */
export const delaysOf = (choice: RetryChoice, custom: string): number[] | null =>
  readDurations(choice === "custom" ? custom : namedSchedules[choice]);
