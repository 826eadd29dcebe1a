/** Numbers, times, durations and sizes, as the reader's language writes them. */
import { useMemo } from "react";
import { useLanguage } from "./language.tsx";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

export interface Formats {
  number(value: number): string;
  /** 0.987 → 98.7 %; a dash where there is none. */
  percent(value: number | null): string;
  /** 1234 → 1.23 s. */
  duration(ms: number | null): string;
  bytes(count: number): string;
  /** In full, with seconds and zone. */
  exact(time: string | number): string;
  relative(time: string | number, nowMs: number): string;
}

const steps = [
  { unit: "day", ms: day },
  { unit: "hour", ms: hour },
  { unit: "minute", ms: minute },
  { unit: "second", ms: second },
] as const;

const durationOf = (language: string, ms: number): string => {
  const write = (value: number, unit: string): string =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumSignificantDigits: 3 }).format(
      value,
    );
  const step = steps.find((one) => Math.abs(ms) >= one.ms);
  return step === undefined ? write(Math.round(ms), "millisecond") : write(ms / step.ms, step.unit);
};

const bytesOf = (language: string, count: number): string => {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: units[power] ?? "byte",
    // "128 byte" is what "short" says.
    unitDisplay: power === 0 ? "long" : "short",
    maximumSignificantDigits: 3,
  }).format(count / 1000 ** power);
};

export function formatsIn(language: string): Formats {
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 });
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  return {
    number: (value) => number.format(value),
    percent: (value) => (value === null ? "—" : percent.format(value)),
    duration: (ms) => (ms === null ? "—" : durationOf(language, ms)),
    bytes: (count) => bytesOf(language, count),
    exact: (time) => exact.format(new Date(time)),
    relative: (time, nowMs) => {
      const ms = new Date(time).getTime() - nowMs;
      const step = steps.find((one) => Math.abs(ms) >= one.ms);
      return step === undefined ? relative.format(0, "second") : relative.format(Math.trunc(ms / step.ms), step.unit);
    },
  };
}

export function useFormats(): Formats {
  const { language } = useLanguage();
  return useMemo(() => formatsIn(language), [language]);
}
