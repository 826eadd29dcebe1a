/**
 * `none`: deliveries go as they come, several at once. `key`: those with the same subject one after the other, in the
 * order of the log. `strict`: all, one after the other.
 */
export const orderings = ["none", "key", "strict"] as const;
export type Ordering = (typeof orderings)[number];

/** What becomes of those behind a delivery that used up its retries: they go on (`park`), or wait (`block`). */
export const exhaustionRules = ["park", "block"] as const;
export type ExhaustionRule = (typeof exhaustionRules)[number];

export interface OrderSettings {
  readonly ordering: Ordering;
  readonly onExhausted: ExhaustionRule;
}

export const orderDefaults: OrderSettings = { ordering: "none", onExhausted: "park" };

export const orderingOf = (settings: Partial<OrderSettings>): Ordering => settings.ordering ?? "none";
