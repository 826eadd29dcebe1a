/** How a scheme says that it does not believe a request. */
import type { Refusal } from "./scheme.ts";

export const refusal = (reason: Refusal["reason"], detail: string): Refusal => ({ ok: false, reason, detail });

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === "object" && value !== null && (value as { ok?: unknown }).ok === false;
