/** Reads what a publisher sent into events, or into errors that name the member. `data` stays the bytes that came. */
import { isUtf8 } from "node:buffer";
import { distance } from "fastest-levenshtein";
import { type ErrorCode, TrotlineError } from "../core/errors.ts";
import { defaultTenant, isEventId, isEventType, isSubject, isTenant, isVersion } from "../core/event.ts";
import { makeId } from "../core/ids.ts";
import { arrayItems, type ByteRange, JsonSyntaxError, objectMembers, skipSpace } from "../core/json-members.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { PublishedEvent } from "../log/event-log.ts";

export interface ReadingOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Bytes of `data` of one event. */
  readonly eventBytesMax: number;
}

const memberNames = ["id", "tenant", "type", "subject", "occurred_at", "version", "data"] as const;
type MemberName = (typeof memberNames)[number];
const isMemberName = (name: string): name is MemberName => (memberNames as readonly string[]).includes(name);

const openBrace = 0x7b;
const openBracket = 0x5b;
/** The envelope itself is one level, and an array around it another. */
const depthMax = limits.dataDepth;
/** Errors named in one answer. */
const errorsNamedMax = 100;

/** The events of a JSON body: one object, or an array of them. An array is refused whole, with an error for each bad item. */
export function readEvents(body: Uint8Array, options: ReadingOptions): { isBatch: boolean; events: PublishedEvent[] } {
  if (!isUtf8(body)) throw new TrotlineError("invalid-utf8", "The body has bytes that are not UTF-8.");
  const start = skipSpace(body, 0);
  if (start === body.length) throw new TrotlineError("empty-body", "The body has no JSON value.");
  if (body[start] === openBrace) return { isBatch: false, events: [readWhole(body, start, options)] };
  if (body[start] === openBracket) return { isBatch: true, events: readBatch(body, start, options) };
  throw new TrotlineError("invalid-body", "An event is a JSON object; a batch is an array of them.", { field: "" });
}

/** The event of one line of NDJSON. */
export function readEventLine(line: Uint8Array, options: ReadingOptions): PublishedEvent {
  if (!isUtf8(line)) throw new TrotlineError("invalid-utf8", "The line has bytes that are not UTF-8.");
  const start = skipSpace(line, 0);
  if (line[start] !== openBrace) throw new TrotlineError("invalid-body", "Each line is a JSON object.", { field: "" });
  return readWhole(line, start, options);
}

function readWhole(body: Uint8Array, start: number, options: ReadingOptions): PublishedEvent {
  return translating(() => {
    const { event, end } = readEvent(body, start, options);
    expectEnd(body, end);
    return event;
  });
}

function readBatch(body: Uint8Array, start: number, options: ReadingOptions): PublishedEvent[] {
  const ranges = translating(() => {
    const { items, end } = arrayItems(body, start, { depthMax: depthMax + 2, itemsMax: limits.eventsPerBatch });
    if (items === null) {
      throw new TrotlineError("batch-too-large", `A batch has at most ${limits.eventsPerBatch} events.`);
    }
    expectEnd(body, end);
    return items;
  });
  if (ranges.length === 0) throw new TrotlineError("invalid-body", "The batch has no event.", { field: "" });
  const events: PublishedEvent[] = [];
  const errors: { index: number; code: ErrorCode; detail: string; field?: string }[] = [];
  for (const [index, range] of ranges.entries()) {
    try {
      events.push(translating(() => readEvent(body, range.start, options).event));
    } catch (error) {
      if (!(error instanceof TrotlineError)) throw error;
      const field = error.extras.field === undefined ? {} : { field: error.extras.field };
      errors.push({ index, code: error.code, detail: error.message, ...field });
      if (errors.length === errorsNamedMax) break;
    }
  }
  const [first] = errors;
  if (first === undefined) return events;
  const detail = `Event ${first.index} of the batch: ${first.detail} Nothing of the batch was stored.`;
  throw new TrotlineError(first.code, detail, { field: `/${first.index}${first.field ?? ""}`, errors });
}

function readEvent(body: Uint8Array, start: number, options: ReadingOptions): { event: PublishedEvent; end: number } {
  if (body[start] !== openBrace) throw invalid("", "An event is a JSON object.");
  const { members, end } = objectMembers(body, start, depthMax);
  const values: Partial<Record<MemberName, ByteRange>> = {};
  for (const { key, value } of members) {
    const name = JSON.parse(textOf(body, key)) as string;
    if (!isMemberName(name)) throw unknownMember(name);
    if (values[name] !== undefined) {
      throw new TrotlineError("duplicate-field", `The event has \`${name}\` twice.`, { field: `/${name}` });
    }
    values[name] = value;
  }
  return { event: toEvent(body, values, options), end };
}

function toEvent(
  body: Uint8Array,
  values: Partial<Record<MemberName, ByteRange>>,
  options: ReadingOptions,
): PublishedEvent {
  const text = (name: MemberName, isValid: (text: string) => boolean, rule: string): string | null => {
    const range = values[name];
    if (range === undefined) return null;
    const value: unknown = JSON.parse(textOf(body, range));
    if (typeof value !== "string" || !isValid(value)) throw invalid(`/${name}`, `\`${name}\` is ${rule}.`);
    return value;
  };
  const type = text(
    "type",
    isEventType,
    `text of parts divided by full stops, each of letters, digits and _ : / -, at most ${limits.eventTypeLength} characters`,
  );
  if (type === null) throw invalid("/type", "An event needs a `type`.");
  if (values.data === undefined) throw invalid("/data", "An event needs `data`.");
  const nowMs = options.clock.wallMs();
  const occurredAt = text("occurred_at", isTime, "a time of RFC 3339, such as 2026-01-31T12:00:00Z");
  return {
    id:
      text("id", isEventId, `1 to ${limits.eventIdLength} letters, digits and _ : -`) ??
      makeId("evt", nowMs, options.random.bytes(16)),
    tenant:
      text(
        "tenant",
        isTenant,
        `1 to ${limits.tenantLength} letters, digits and _ . : -, beginning with a letter or digit`,
      ) ?? defaultTenant,
    type,
    subject: text("subject", isSubject, `1 to ${limits.subjectLength} printable characters`),
    occurredAtMs: occurredAt === null ? nowMs : Date.parse(occurredAt),
    occurredAtWasGiven: occurredAt !== null,
    version: text("version", isVersion, `1 to ${limits.versionLength} printable characters`),
    data: dataOf(body, values.data, options.eventBytesMax),
  };
}

function dataOf(body: Uint8Array, range: ByteRange, bytesMax: number): Uint8Array {
  const length = range.end - range.start;
  if (length > bytesMax) {
    throw new TrotlineError("event-too-large", `\`data\` has ${length} bytes; the limit is ${bytesMax}.`, {
      field: "/data",
    });
  }
  // A copy: the slice would hold on to the whole request for as long as the event is in memory.
  return Buffer.from(body.subarray(range.start, range.end));
}

const timePattern =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

export function isTime(text: string): boolean {
  return timePattern.test(text) && !Number.isNaN(Date.parse(text));
}

function expectEnd(body: Uint8Array, end: number): void {
  const at = skipSpace(body, end);
  if (at !== body.length) throw new JsonSyntaxError(at);
}

/** Turns the scanner's errors into those of the catalogue. */
function translating<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    if (error.reason === "depth") {
      const detail = `\`data\` is nested deeper than ${limits.dataDepth} levels.`;
      throw new TrotlineError("data-too-deep", detail, { field: "/data" });
    }
    throw new TrotlineError("invalid-json", `The text stops being JSON at byte ${error.offset}.`);
  }
}

const invalid = (field: string, detail: string): TrotlineError => new TrotlineError("invalid-body", detail, { field });

function unknownMember(name: string): TrotlineError {
  const shown = name.slice(0, 64);
  const nearest = memberNames.reduce((best, known) => (distance(shown, known) < distance(shown, best) ? known : best));
  const hint =
    distance(shown, nearest) <= 3 ? ` Did you mean \`${nearest}\`?` : ` It may have ${memberNames.join(", ")}.`;
  return new TrotlineError("unknown-field", `An event has no member \`${shown}\`.${hint}`, { field: `/${shown}` });
}

const textOf = (body: Uint8Array, range: ByteRange): string =>
  Buffer.prototype.utf8Slice.call(body, range.start, range.end);
