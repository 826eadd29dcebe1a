import { timingSafeEqual } from "node:crypto";
import type { Allowed } from "./allowances.ts";
import { bytesOfText } from "./byte-text.ts";
import type { HookFailure } from "./hook-request.ts";

export interface RuleContext {
  readonly nowMs: number;
  readonly allowed: Allowed;
  /** Of the hook: a wrong signature below an `or` is a rule that does not match, and no failure. */
  readonly isSoft: boolean;
}

/** What a `match` came to. */
export interface MatchResult {
  readonly matched: boolean;
  readonly failure: HookFailure | null;
  /** What was looked at; null where there was nothing. */
  readonly value: string | null;
}

export function failed(kind: HookFailure["kind"], message: string): MatchResult {
  return { matched: false, failure: { kind, message }, value: null };
}

/** In constant time for texts of one length. */
export function isSame(a: string, b: string): boolean {
  const left = bytesOfText(a);
  const right = bytesOfText(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
