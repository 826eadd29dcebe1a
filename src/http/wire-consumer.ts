/** Consumers between their JSON and the noun. */
import { cursorAt, type Epochs } from "../core/epochs.ts";
import { TrotlineError } from "../core/errors.ts";
import { defaultTenant, isSubject } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import type { Clock } from "../core/ports.ts";
import type { Fetched } from "../feed/consumer-reader.ts";
import type { ConsumerKey, ConsumerSettings, ConsumerView } from "../feed/consumers.ts";
import type { LogBounds } from "../log/event-log.ts";
import type { ConsumerBody, ConsumerSettingsBody, SoughtBody } from "./schemas/consumer.ts";
import { checkedPatterns } from "./type-patterns.ts";
import { eventHead, joinEvents } from "./wire-event.ts";
import { wireTime, wireTimeOrNull } from "./wire-time.ts";

interface At {
  readonly epochs: Epochs;
  readonly clock: Clock;
}

export function wireConsumer(view: ConsumerView, { epochs, clock }: At): ConsumerBody {
  const { consumer, head } = view;
  return {
    name: consumer.name,
    tenant: consumer.tenant,
    types: [...consumer.types],
    filter: consumer.filter,
    subject: consumer.subject,
    lease_ms: consumer.leaseMs,
    cursor: cursorAt(epochs, consumer.position),
    head: cursorAt(epochs, head),
    lag_events: head - consumer.position,
    lag_seconds: view.lagMs / 1000,
    oldest_unacknowledged_at: wireTimeOrNull(view.oldestAcceptedAtMs),
    state: view.state,
    leased_until: view.leasedUntilMs === null ? null : wallTime(view.leasedUntilMs, clock),
    created_at: wireTime(consumer.createdAtMs),
    updated_at: wireTime(consumer.updatedAtMs),
  };
}

/** What a seek would come to. What left the log before the consumer read it is lost, and not passed over. */
export function wireTarget(
  { consumer }: ConsumerView,
  position: number,
  { epochs, earliest }: Pick<LogBounds, "epochs" | "earliest">,
): NonNullable<SoughtBody["target"]> {
  return {
    cursor: cursorAt(epochs, position),
    again_events: Math.max(0, consumer.position - position),
    passed_events: Math.max(0, position - Math.max(consumer.position, earliest - 1)),
  };
}

/** The JSON text of a fetch. `data` of each event is as it came, byte for byte. */
export function wireFetched({ page, lease, leasedUntilMs }: Fetched, { epochs, clock }: At): Buffer {
  const rest = {
    next_cursor: cursorAt(epochs, page.through),
    has_more: page.more,
    lease,
    lease_expires_at: wallTime(leasedUntilMs, clock),
  };
  return joinEvents(page.events, {
    open: '{"data":[',
    before: (event, index) => (index === 0 ? "" : ",") + eventHead(event, cursorAt(epochs, event.position)),
    after: "}",
    close: `],${JSON.stringify(rest).slice(1)}`,
  });
}

/** A moment of the steady clock, as the wall says it. */
const wallTime = (steadyMs: number, clock: Clock): string => wireTime(clock.wallMs() + steadyMs - clock.steadyMs());

/** Which consumer a request is about. */
export const consumerKey = (request: {
  readonly params: { readonly name: string };
  readonly query: { readonly tenant?: string };
}): ConsumerKey => ({ tenant: request.query.tenant ?? defaultTenant, name: request.params.name });

/** What a body sets; members that it leaves out stay out. Refuses with `invalid-body`. */
export function consumerInput(body: ConsumerSettingsBody): Partial<ConsumerSettings> {
  const input: { -readonly [Key in keyof ConsumerSettings]?: ConsumerSettings[Key] } = {};
  if (body.types !== undefined) input.types = checkedPatterns(body.types);
  if (body.filter !== undefined) input.filter = body.filter;
  if (body.subject !== undefined) input.subject = checkedSubject(body.subject);
  if (body.lease_ms !== undefined) input.leaseMs = body.lease_ms;
  return input;
}

function checkedSubject(subject: string | null): string | null {
  if (subject === null || isSubject(subject)) return subject;
  const detail = `\`subject\` has 1 to ${limits.subjectLength} printable characters.`;
  throw new TrotlineError("invalid-body", detail, { field: "/subject" });
}
