import type { Consumer, Lease } from "../../core/consumer.ts";
import type { KeptConsumer } from "../consumer-store.ts";
import type { Row } from "./database.ts";

/** `position` and `told` stand beside the document, and hold in place of what it says. */
export function consumerOf({ document, position, told }: Row): Consumer {
  const { told: _, ...consumer } = JSON.parse(document as string) as Consumer;
  const at = { ...consumer, position: Number(position) };
  return told === null ? at : { ...at, told: JSON.parse(told as string) };
}

/** Until when it lasts stands beside it. */
function leaseOf({ lease, lease_until_ms: untilMs, serving_until_ms: servingUntilMs }: Row): Lease | null {
  if (lease === null) return null;
  return { ...JSON.parse(lease as string), untilMs: Number(untilMs), servingUntilMs: Number(servingUntilMs) };
}

/** Null where there is none. */
export function keptOf(row: Row): KeptConsumer | null {
  if (row.document === null) return null;
  return {
    consumer: consumerOf(row),
    lease: leaseOf(row),
    version: Number(row.version),
    turn: Number(row.turn),
  };
}
