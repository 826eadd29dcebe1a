/**
 * What Trotline says of itself in the log, in a tenant of its own: events like any other. Their ids are made of what
 * they tell, so that the same fact, told again after a crash or a refused write, is the same event.
 */
import type { Consumer } from "../core/consumer.ts";
import type { DisabledReason, Endpoint } from "../core/endpoint.ts";
import { operationsTenant, type StoredEvent } from "../core/event.ts";
import type { Outage } from "../core/lane-settle.ts";
import { sha256Hex } from "../platform/hmac.ts";
import type { PublishedEvent } from "./event-log.ts";

/** Characters of a sentence about an attempt. */
const detailLength = 500;
/** Hexadecimal digits of an id. */
const idDigits = 32;

type AboutEndpoint = Pick<Endpoint, "id" | "tenant" | "url">;

/**
 * Whether what happens to the endpoint's deliveries is told: not of one that is told of others, for each telling would
 * be another delivery.
 */
export const isToldOf = ({ tenant }: Pick<Endpoint, "tenant">): boolean => tenant !== operationsTenant;

/** `endpoint.failing` and `endpoint.recovered`: once each for an outage. */
export function outageEvent(endpoint: AboutEndpoint, { is, sinceMs }: Outage, nowMs: number): PublishedEvent {
  const type = is === "began" ? "endpoint.failing" : "endpoint.recovered";
  const data = { ...aboutEndpoint(endpoint), failing_since: timeText(sinceMs) };
  return operationalEvent({ type, subject: endpoint.id, nowMs, fact: [sinceMs] }, data);
}

export function disabledEvent(endpoint: Endpoint, reason: DisabledReason, nowMs: number): PublishedEvent {
  const data = { ...aboutEndpoint(endpoint), reason };
  // The endpoint as it is now: enabled again and disabled again, it is another one.
  return operationalEvent(
    { type: "endpoint.disabled", subject: endpoint.id, nowMs, fact: [endpoint.updatedAtMs] },
    data,
  );
}

/** What is told of a delivery that was given up. */
export interface Exhaustion {
  readonly reason: "retries_used_up" | "too_old";
  readonly attempts: number;
  /** The last attempt; null where none was made. */
  readonly last: {
    readonly status: number | null;
    readonly errorClass: string | null;
    readonly errorDetail: string | null;
  } | null;
}

export function exhaustedEvent(
  about: { readonly endpoint: AboutEndpoint; readonly event: StoredEvent },
  { reason, attempts, last }: Exhaustion,
  nowMs: number,
): PublishedEvent {
  const { endpoint, event } = about;
  const data = {
    ...aboutEndpoint(endpoint),
    event_id: event.id,
    event_type: event.type,
    reason,
    attempts,
    last_attempt:
      last === null
        ? null
        : {
            status: last.status,
            error_class: last.errorClass,
            error_detail: last.errorDetail?.slice(0, detailLength) ?? null,
          },
  };
  // A delivery may be given up again, after it was revived, or when the cursor is moved back.
  const fact = [event.id, attempts, nowMs];
  return operationalEvent({ type: "delivery.exhausted", subject: endpoint.id, nowMs, fact }, data);
}

/** `consumer.at_risk` and `consumer.invalidated`: when retention comes near, and when it has passed. */
export function consumerEvent(
  consumer: Consumer,
  { state, times }: { readonly state: "at_risk" | "invalidated"; readonly times: number },
  log: { readonly lagEvents: number; readonly lostEvents: number; readonly nowMs: number },
): PublishedEvent {
  const { name, tenant, createdAtMs } = consumer;
  const { lagEvents, lostEvents, nowMs } = log;
  const data = {
    consumer: name,
    tenant,
    lag_events: lagEvents,
    ...(state === "invalidated" && { lost_events: lostEvents }),
  };
  const fact = [tenant, createdAtMs, times];
  return operationalEvent({ type: `consumer.${state}`, subject: name, nowMs, fact }, data);
}

const aboutEndpoint = ({ id, tenant, url }: AboutEndpoint) => ({ endpoint_id: id, tenant, url });

function operationalEvent(
  about: { readonly type: string; readonly subject: string; readonly nowMs: number; readonly fact: readonly unknown[] },
  data: object,
): PublishedEvent {
  const { type, subject, nowMs, fact } = about;
  return {
    id: `op_${sha256Hex(JSON.stringify([type, subject, ...fact])).slice(0, idDigits)}`,
    tenant: operationsTenant,
    type,
    subject,
    occurredAtMs: nowMs,
    occurredAtWasGiven: false,
    version: null,
    request: null,
    data: Buffer.from(JSON.stringify(data)),
  };
}

const timeText = (ms: number): string => new Date(ms).toISOString();
