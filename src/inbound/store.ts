/** A request that was verified becomes an event. Part of: receive → verify → [store] → handle. */
import { isSubject, type NewEvent } from "../core/event.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import type { KeptRequest, ReceivedRequest } from "../core/received-request.ts";
import type { Source } from "../core/source.ts";
import type { EventLog, PublishedEvent } from "../log/event-log.ts";
import { sha256Hex } from "../platform/hmac.ts";
import { dataOf } from "./bodies/body.ts";
import { codingOf, expand } from "./bodies/expand.ts";
import { binary, binaryBytes } from "./bodies/text.ts";
import type { Seat } from "./intake.ts";
import { freshEventId, receivedEvent } from "./received-event.ts";
import { tooBusy } from "./rejection.ts";
import type { Scheme, SchemeFacts, SchemeRequest } from "./schemes/scheme.ts";

export interface StoreMachine {
  readonly events: Pick<EventLog, "append">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The subject of each event that is received; without it none has one. */
  readonly subjectOf?: SubjectOf;
}

/** By what an event is kept in order among others of its source; null where it may go as it comes. */
export type SubjectOf = (event: NewEvent) => string | null;

export interface VerifiedRequest {
  readonly source: Source;
  readonly scheme: Scheme;
  readonly request: ReceivedRequest;
  readonly url: string;
}

export const noFacts: SchemeFacts = { deliveryId: null, type: null, occurredAtMs: null };

export interface StoredRequest {
  readonly eventId: string;
  /** The event was there before. */
  readonly isDuplicate: boolean;
  readonly facts: SchemeFacts;
}

/**
 * Answers after the event is durable. Rejects as the log does, and where there is no room just now for what the body
 * becomes: a small one may stand for much. What can never have room is kept as it came, or it would come for ever.
 */
export async function storeRequest(
  verified: VerifiedRequest,
  seat: Pick<Seat, "bytesMax" | "take">,
  machine: StoreMachine,
): Promise<StoredRequest> {
  const { source, scheme, request, url } = verified;
  const { method, headers, body: received } = request;
  let roomBytes = seat.bytesMax - received.length;
  const take = (bytes: number): void => {
    if (!seat.take(bytes)) throw tooBusy();
    roomBytes -= bytes;
  };
  const coding = codingOf(headers);
  const bytesMax = Math.min(source.bodyBytesMax, roomBytes - binaryBytes(received));
  const body = coding === "" ? received : await expand(received, coding, { bytesMax, take });
  const facts = factsOf(scheme, { method, headers, url, body: body ?? received }, machine);
  const made = await dataOf(request, { body, received });
  const data = made === body || made.length <= roomBytes ? made : binary(received);
  if (data !== body) take(data.length);
  const kept = keptRequest(source, request, facts);
  const { occurredAtMs } = facts;
  const event = withSubject(receivedEvent(source, { request: kept, data, occurredAtMs }, machine), machine);
  return { eventId: event.id, isDuplicate: await append(event, machine), facts };
}

export const keptRequest = (source: Source, request: ReceivedRequest, facts: SchemeFacts): KeptRequest => ({
  ...request,
  source: source.name,
  deliveryId: facts.deliveryId,
  providerType: facts.type,
});

/** What was verified is not lost for what nobody could read in it. */
function factsOf(scheme: Scheme, request: SchemeRequest, { logger }: StoreMachine): SchemeFacts {
  try {
    return scheme.facts(request);
  } catch (error) {
    logger.error({ err: error, scheme: scheme.name }, "The facts of a received request could not be read.");
    return noFacts;
  }
}

/** What was verified is not lost for want of its place among others. A text that no subject can be has its digest. */
function withSubject(event: PublishedEvent, { subjectOf, logger }: StoreMachine): PublishedEvent {
  if (subjectOf === undefined) return event;
  try {
    const text = subjectOf(event);
    if (text === null || text === "") return event;
    return { ...event, subject: isSubject(text) ? text : sha256Hex(text.toWellFormed()) };
  } catch (error) {
    logger.error({ err: error, event: event.id }, "The subject of a received event could not be told: it has none.");
    return event;
  }
}

/** True where the event was there before. */
async function append(event: PublishedEvent, machine: StoreMachine): Promise<boolean> {
  const { events, logger } = machine;
  const outcome = await events.append({ events: [event], atomic: false, idempotency: null });
  const item = outcome.kind === "answered" ? outcome.items[0] : undefined;
  if (item?.outcome !== "conflict") return item?.outcome === "duplicate";
  // Somebody published an event with this id. What was verified is not lost for that.
  logger.warn({ event: event.id }, "A received event's id was taken by one that was published; it has another now.");
  const renamed = { ...event, id: freshEventId(machine) };
  await events.append({ events: [renamed], atomic: false, idempotency: null });
  return false;
}
