import type { AllowanceName } from "./allowances.ts";

/** What `trotline check` says of a place of a hooks file. */
export interface Finding {
  /** `error`: it is not served, unless `allowance` is allowed. */
  readonly severity: "error" | "warning";
  readonly code: string;
  /** The name to give to `--allow`; null where nothing helps but another file, or nothing has to. */
  readonly allowance: AllowanceName | null;
  readonly file: string;
  /** Both from 1; null where no place is known. */
  readonly line: number | null;
  readonly column: number | null;
  /** Null where it is about the file, or the hook has none. */
  readonly hookId: string | null;
  /** What is there, and what can happen. */
  readonly sentence: string;
  /** What to write instead. */
  readonly advice: string;
  /** What adnanh/webhook, and `--compat`, do. */
  readonly compat: string;
}
