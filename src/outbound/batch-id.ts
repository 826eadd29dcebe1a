import { sha256Hex } from "../platform/hmac.ts";

/** What stands for several events in `webhook-id`: of the same events, in their order, always the same. */
export const batchId = (eventIds: readonly string[]): string => `batch_${sha256Hex(eventIds.join("\n")).slice(0, 32)}`;
