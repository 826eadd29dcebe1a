/** What a diagnosis tries: the request, or the scheme, as it would be without one of the usual mistakes. */
import type { CustomScheme } from "../../core/scheme.ts";
import type { SchemeRequest } from "../schemes/scheme.ts";
import type { CauseCode } from "./causes.ts";

/** What is verified, and by what. */
export interface Trial {
  readonly request: SchemeRequest;
  /** As they are written at the source. */
  readonly secrets: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** How the scheme signs; null where it is more than a declaration. */
  readonly custom: CustomScheme | null;
}

export interface Mistake {
  readonly code: CauseCode;
  /** What was done; names neither a secret nor a signature. */
  readonly sentence: string;
  /** The trial without the mistake; null where it cannot have been made. */
  undo(trial: Trial): Trial | null;
}

/** Mistakes of one part of a request: at most one of them is made at a time. */
export type Axis = readonly Mistake[];

export const withRequest = (trial: Trial, change: Partial<SchemeRequest>): Trial => ({
  ...trial,
  request: { ...trial.request, ...change },
});
