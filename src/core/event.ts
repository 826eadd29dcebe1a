import { limits } from "./limits.ts";

/** The tenant of an event or endpoint that names none. */
export const defaultTenant = "default";
/** The tenant of Trotline's own operational events. Names that begin with `_` cannot be published to. */
export const operationsTenant = "_operations";

/** An immutable fact, as a publisher states it. `data` is the JSON text as it came, byte for byte. */
export interface NewEvent {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly subject: string | null;
  /** When it happened, as the publisher says; milliseconds since 1970. */
  readonly occurredAtMs: number;
  readonly version: string | null;
  readonly data: Uint8Array;
  /**
   * The request that it came with, as `received-request.ts` writes it down; null for an event that was published. An
   * event that comes again is known by its id alone: what providers send again need not be the same byte for byte.
   */
  readonly request: Uint8Array | null;
}

/** An event in the log: what was published, and its place. */
export interface StoredEvent extends NewEvent {
  /** Dense and increasing within an epoch. The first is 1. */
  readonly position: number;
  /**
   * When Trotline accepted it, by the steady clock: a wall clock that steps must not make events old. Never decreases.
   */
  readonly acceptedAtMs: number;
}

const eventIdPattern = /^[A-Za-z0-9_:-]+$/;
const tenantPattern = /^[A-Za-z0-9][A-Za-z0-9_.:-]*$/;
const typePattern = /^[A-Za-z0-9_:/-]+(\.[A-Za-z0-9_:/-]+)*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: that they are absent is the point
const unprintable = /[\u0000-\u001f\u007f]/;

/** No full stop: it separates the parts of what Standard Webhooks signs. */
export const isEventId = (text: string): boolean => text.length <= limits.eventIdLength && eventIdPattern.test(text);

export const isTenant = (text: string): boolean => text.length <= limits.tenantLength && tenantPattern.test(text);

export const isEventType = (text: string): boolean => text.length <= limits.eventTypeLength && typePattern.test(text);

export const isSubject = (text: string): boolean => isPrintable(text, limits.subjectLength);

export const isVersion = (text: string): boolean => isPrintable(text, limits.versionLength);

/** Half of a surrogate pair cannot be kept as UTF-8: what comes back would be another text, and never equal again. */
const isPrintable = (text: string, lengthMax: number): boolean =>
  text.length >= 1 && text.length <= lengthMax && !unprintable.test(text) && text.isWellFormed();

/** True when both say the same. An id published twice with the same content is one event. */
export function sameContent(stored: NewEvent, published: NewEvent, occurredAtWasGiven: boolean): boolean {
  if (stored.request !== null || published.request !== null) {
    return stored.request !== null && published.request !== null;
  }
  return sameMembers(stored, published, occurredAtWasGiven) && sameBytes(stored.data, published.data);
}

type Members = Pick<NewEvent, "type" | "subject" | "version" | "occurredAtMs">;

/** As far as it can be said without their data. */
export const sameMembers = (stored: Members, published: Members, occurredAtWasGiven: boolean): boolean =>
  stored.type === published.type &&
  stored.subject === published.subject &&
  stored.version === published.version &&
  (!occurredAtWasGiven || stored.occurredAtMs === published.occurredAtMs);

/** What the event takes in the log. */
export const eventBytes = ({ data, request }: NewEvent): number => data.length + (request?.length ?? 0);

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
