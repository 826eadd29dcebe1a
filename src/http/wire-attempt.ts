import { attemptId } from "../core/ids.ts";
import type { StoredAttempt } from "../log/journal.ts";
import type { Registry } from "../registry/registry.ts";
import type { AttemptBody } from "./schemas/attempt.ts";
import { wireTime } from "./wire-time.ts";

const decoder = new TextDecoder("utf-8");

export function wireAttempt(attempt: StoredAttempt, registry: Registry): AttemptBody {
  return {
    id: attemptId(attempt.sequence),
    endpoint_id: registry.endpointByNumber(attempt.endpointNumber)?.id ?? null,
    event_id: attempt.eventId,
    event_type: attempt.eventType,
    number: attempt.number,
    trigger: attempt.trigger,
    started_at: wireTime(attempt.startedAtMs),
    duration_ms: attempt.durationMs,
    delivered: attempt.errorClass === null,
    status: attempt.status,
    error_class: attempt.errorClass,
    error_detail: attempt.errorDetail,
    response_body: decoder.decode(attempt.responseBody),
    response_truncated: attempt.responseTruncated,
  };
}
