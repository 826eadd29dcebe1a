/** Reads what a publisher sent into events, or into errors that name the member. `data` stays the bytes that came. */
import { isUtf8 } from "node:buffer";
import { distance } from "fastest-levenshtein";
import { type ErrorCode, TrotlineError } from "../core/errors.ts";
import { defaultTenant, operationsTenant } from "../core/event.ts";
import { eventTextRules, type TextRule } from "../core/event-text-rules.ts";
import { makeId } from "../core/ids.ts";
import {
  type ByteRange,
  JsonSyntaxError,
  objectMembers,
  skipSpace,
  skipValue,
  visitItems,
} from "../core/json-members.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { PublishedEvent } from "../log/event-log.ts";

export interface ReadingOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Bytes of `data` of one event. */
  readonly eventBytesMax: number;
  /** The publisher may publish for this tenant alone; for all where absent. */
  readonly boundTenant?: string;
  /** Throws a `TrotlineError` where an event may not be stored for what it says. */
  readonly check?: (event: PublishedEvent) => void;
}

const memberNames = ["id", "tenant", "type", "subject", "occurred_at", "version", "data"] as const;
type MemberName = (typeof memberNames)[number];
const isMemberName = (name: string): name is MemberName => (memberNames as readonly string[]).includes(name);
/** As they nearly always come: with quotes, and nothing escaped. */
const memberKeys = memberNames.map((name) => ({ name, bytes: Buffer.from(`"${name}"`) }));

const openBrace = 0x7b;
const openBracket = 0x5b;
const quote = 0x22;
const backslash = 0x5c;
/** The envelope itself is one level, and an array around it another. */
const depthMax = limits.dataDepth;
/** Errors named in one answer. */
const errorsNamedMax = 100;

/**
 * The events of a JSON body: one object, or an array of them. An array is refused whole, with an error for each bad
 * item.
 */
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

/** Each byte is looked at once: an item's members are found while the array is walked. */
function readBatch(body: Uint8Array, start: number, options: ReadingOptions): PublishedEvent[] {
  const events: PublishedEvent[] = [];
  const errors: { index: number; code: ErrorCode; detail: string; field?: string }[] = [];
  let index = 0;
  const visit = (itemStart: number): number => {
    if (index === limits.eventsPerBatch) {
      throw new TrotlineError("batch-too-large", `A batch has at most ${limits.eventsPerBatch} events.`);
    }
    let end = 0;
    try {
      if (body[itemStart] !== openBrace) {
        end = skipValue(body, itemStart, depthMax);
        throw notAnObject();
      }
      const { members, end: itemEnd } = objectMembers(body, itemStart, depthMax);
      end = itemEnd;
      events.push(toEvent(body, valuesOf(body, members), options));
    } catch (error) {
      if (!(error instanceof TrotlineError)) throw error;
      const field = error.extras.field === undefined ? {} : { field: error.extras.field };
      if (errors.length < errorsNamedMax) errors.push({ index, code: error.code, detail: error.message, ...field });
    }
    index += 1;
    return end;
  };
  translating(() => expectEnd(body, visitItems(body, start, visit)));
  if (index === 0) throw new TrotlineError("invalid-body", "The batch has no event.", { field: "" });
  const [first] = errors;
  if (first === undefined) return events;
  const detail = `Event ${first.index} of the batch: ${first.detail} Nothing of the batch was stored.`;
  throw new TrotlineError(first.code, detail, { field: `/${first.index}${first.field ?? ""}`, errors });
}

function readEvent(body: Uint8Array, start: number, options: ReadingOptions): { event: PublishedEvent; end: number } {
  if (body[start] !== openBrace) throw notAnObject();
  const { members, end } = objectMembers(body, start, depthMax);
  return { event: toEvent(body, valuesOf(body, members), options), end };
}

type Values = Partial<Record<MemberName, ByteRange>>;

function valuesOf(body: Uint8Array, members: ReturnType<typeof objectMembers>["members"]): Values {
  const values: Values = {};
  for (const { key, value } of members) {
    const name = plainName(body, key) ?? nameOf(body, key);
    if (!isMemberName(name)) throw unknownMember(name);
    if (values[name] !== undefined) {
      throw new TrotlineError("duplicate-field", `The event has \`${name}\` twice.`, { field: `/${name}` });
    }
    values[name] = value;
  }
  return values;
}

/** Without a text being made of it. */
function plainName(body: Uint8Array, key: ByteRange): MemberName | undefined {
  for (const { name, bytes } of memberKeys) if (isSame(body, key, bytes)) return name;
  return undefined;
}

/** The text of a key or string; one without escapes, as nearly all are, is its bytes between the quotes. */
function nameOf(body: Uint8Array, range: ByteRange): string {
  for (let at = range.start + 1; at < range.end - 1; at++) {
    if (body[at] === backslash) return JSON.parse(textOf(body, range)) as string;
  }
  return textOf(body, { start: range.start + 1, end: range.end - 1 });
}

/** Whether the range holds these bytes. */
function isSame(body: Uint8Array, { start, end }: ByteRange, bytes: Uint8Array): boolean {
  if (end - start !== bytes.length) return false;
  for (let at = 0; at < bytes.length; at++) if (body[start + at] !== bytes[at]) return false;
  return true;
}

const textRules = {
  ...eventTextRules,
  occurred_at: { isValid: isTime, rule: "a time of RFC 3339, such as 2026-01-31T12:00:00Z" },
} as const satisfies Partial<Record<MemberName, TextRule>>;

function textMember(body: Uint8Array, values: Values, name: keyof typeof textRules): string | null {
  const range = values[name];
  if (range === undefined) return null;
  const value = body[range.start] === quote ? nameOf(body, range) : null;
  const { isValid, rule } = textRules[name];
  if (value === null || !isValid(value)) throw invalid(`/${name}`, `\`${name}\` is ${rule}.`);
  return value;
}

/** A memo of a pure function: events of one type come one after another. One text is also less to collect than many. */
let latestType = { bytes: new Uint8Array(0), text: "" };

function typeOf(body: Uint8Array, values: Values): string {
  const range = values.type;
  if (range === undefined) throw invalid("/type", "An event needs a `type`.");
  if (isSame(body, range, latestType.bytes)) return latestType.text;
  const text = textMember(body, values, "type") ?? "";
  latestType = { bytes: Uint8Array.from(body.subarray(range.start, range.end)), text };
  return text;
}

function toEvent(body: Uint8Array, values: Values, options: ReadingOptions): PublishedEvent {
  const type = typeOf(body, values);
  if (values.data === undefined) throw invalid("/data", "An event needs `data`.");
  const nowMs = options.clock.wallMs();
  const occurredAt = textMember(body, values, "occurred_at");
  const event: PublishedEvent = {
    id: textMember(body, values, "id") ?? makeId("evt", nowMs, options.random.bytes(16)),
    tenant: tenantOf(textMember(body, values, "tenant"), options.boundTenant),
    type,
    subject: textMember(body, values, "subject"),
    occurredAtMs: occurredAt === null ? nowMs : Date.parse(occurredAt),
    occurredAtWasGiven: occurredAt !== null,
    version: textMember(body, values, "version"),
    data: dataOf(body, values.data, options.eventBytesMax),
    request: null,
  };
  options.check?.(event);
  return event;
}

function tenantOf(given: string | null, bound: string | undefined): string {
  if (bound === undefined) return given ?? defaultTenant;
  if (bound !== operationsTenant && (given === null || given === bound)) return bound;
  const detail = `The key publishes for the tenant \`${bound}\`, and for no other.`;
  throw new TrotlineError("tenant-refused", detail, { field: "/tenant" });
}

function dataOf(body: Uint8Array, range: ByteRange, bytesMax: number): Uint8Array {
  const length = range.end - range.start;
  if (length > bytesMax) {
    throw new TrotlineError("event-too-large", `\`data\` has ${length} bytes; the limit is ${bytesMax}.`, {
      field: "/data",
    });
  }
  // A copy: the slice would hold on to the whole request for as long as the event is in memory.
  const data = Buffer.allocUnsafe(length);
  data.set(body.subarray(range.start, range.end));
  return data;
}

const timePattern =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

export function isTime(text: string): boolean {
  return timePattern.test(text) && isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
const isDay = (date: string): boolean => new Date(`${date}T00:00:00Z`).getUTCDate() === Number(date.slice(8));

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

const notAnObject = (): TrotlineError => invalid("", "An event is a JSON object.");

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
