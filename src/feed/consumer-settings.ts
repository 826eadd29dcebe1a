/** What is set of a consumer, as whoever makes or changes it says. */
import { type Consumer, isConsumerName } from "../core/consumer.ts";
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { ConsumerKey } from "../log/consumer-store.ts";
import { makeSelection } from "./selection.ts";

export type ConsumerSettings = Pick<Consumer, "types" | "filter" | "subject" | "leaseMs">;

const consumerDefaults: ConsumerSettings = { types: [], filter: null, subject: null, leaseMs: limits.leaseMsDefault };

/** Refuses with `consumer-name-invalid`, `invalid-query` and `filter-invalid`. */
export function checkSettings(key: ConsumerKey, change: Partial<ConsumerSettings>): void {
  if (!isConsumerName(key.name)) {
    const rule = `1 to ${limits.consumerNameLength} letters, digits and - _ . : , beginning with a letter or digit`;
    throw new TrotlineError("consumer-name-invalid", `The name of a consumer is ${rule}.`, { field: "name" });
  }
  makeSelection({ ...consumerDefaults, ...change, tenant: key.tenant });
}

/** A new one where there is none `before`. */
export function withSettings(
  before: Consumer | null,
  change: Partial<ConsumerSettings>,
  made: ConsumerKey & { readonly position: number; readonly nowMs: number },
): Consumer {
  const { nowMs, ...start } = made;
  return { ...(before ?? { ...consumerDefaults, ...start, createdAtMs: nowMs }), ...change, updatedAtMs: nowMs };
}

const selects = ({ types, filter, subject }: Consumer): string => JSON.stringify([types, filter, subject]);

export const selectsSame = (left: Consumer, right: Consumer): boolean => selects(left) === selects(right);

export const isSetSame = (left: Consumer, right: Consumer): boolean =>
  selectsSame(left, right) && left.leaseMs === right.leaseMs;
