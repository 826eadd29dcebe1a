/**
 * The transactional outbox: events written by an application in its own transaction in PostgreSQL, with whatever client
 * it has. Nothing is sent: what is committed, Trotline finds and publishes. It needs nothing, and opens no connection.
 */
import { freshEventId } from "./event-id.ts";
import type { NewEvent } from "./wire.ts";

/** What clients of PostgreSQL take: `client.query(statement)` of `pg`, `sql.unsafe(text, values)` of `postgres`. */
export interface OutboxStatement {
  readonly text: string;
  readonly values: (string | null)[];
}

/** A tag of template literals: `sql` of `postgres`, Drizzle and Kysely, `Prisma.sql`. */
export type SqlTag<Result> = (strings: TemplateStringsArray, ...values: never[]) => Result;

/** The most events of one statement. */
const eventsMax = 1000;

/** Those of publishing; a test holds them together. */
const textRules = {
  id: { pattern: /^[A-Za-z0-9_:-]{1,128}$/, rule: "1 to 128 letters, digits and _ : -" },
  tenant: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/,
    rule: "1 to 64 letters, digits and _ . : -, beginning with a letter or digit",
  },
  type: {
    pattern: /^(?=.{1,128}$)[A-Za-z0-9_:/-]+(\.[A-Za-z0-9_:/-]+)*$/,
    rule: "text of parts divided by full stops, each of letters, digits and _ : / -, at most 128 characters",
  },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that they are absent is the point
  subject: { pattern: /^[^\u0000-\u001f\u007f]{1,256}$/, rule: "1 to 256 printable characters" },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that they are absent is the point
  version: { pattern: /^[^\u0000-\u001f\u007f]{1,32}$/, rule: "1 to 32 printable characters" },
} as const;
const timePattern =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** The columns, each with how its value is written: as text, so that every client sends it alike. */
const columns = [
  ["id", "text"],
  ["tenant", "text"],
  ["type", "text"],
  ["subject", "text"],
  ["version", "text"],
  ["occurred_at", "text::timestamptz"],
  ["data", "text"],
] as const;
const memberNames: readonly string[] = columns.map(([name]) => name);
const insert = `insert into trotline.outbox (${memberNames.join(", ")}) values `;

/**
 * The statement that writes one event, or some, into `trotline.outbox`: run it in the transaction that the event is
 * about. Throws a TypeError where Trotline would refuse the event later.
 */
export function outboxInsert(events: NewEvent | readonly NewEvent[]): OutboxStatement {
  const { strings, values } = partsOf(events);
  const text = strings.reduce((before, after, index) => `${before}$${index}${after}`);
  return { text, values };
}

/** The same by a tag: what it answers is the client's own, to be awaited or executed as its other queries are. */
export function outboxInsertWith<Result>(sql: SqlTag<Result>, events: NewEvent | readonly NewEvent[]): Result {
  const { strings, values } = partsOf(events);
  const template = Object.freeze(Object.assign(strings, { raw: Object.freeze([...strings]) }));
  return sql(template, ...(values as never[]));
}

/** Text and values in turn, as a template literal has them. */
function partsOf(events: NewEvent | readonly NewEvent[]): { strings: string[]; values: (string | null)[] } {
  const list = Array.isArray(events) ? (events as readonly NewEvent[]) : [events as NewEvent];
  if (list.length === 0 || list.length > eventsMax) {
    throw new TypeError(`The outbox takes 1 to ${eventsMax} events at once.`);
  }
  const strings: string[] = [];
  const values: (string | null)[] = [];
  let before = insert;
  for (const event of list) {
    before += "(";
    for (const [index, value] of valuesOf(event).entries()) {
      strings.push(before);
      values.push(value);
      before = `::${columns[index]?.[1]}, `;
    }
    before = `${before.slice(0, -2)}), `;
  }
  strings.push(before.slice(0, -2));
  return { strings, values };
}

function valuesOf(event: NewEvent): (string | null)[] {
  const unknown = Object.keys(event).find((name) => !memberNames.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`An event has no member \`${unknown}\`. It may have ${memberNames.join(", ")}.`);
  }
  const type = textOf(event, "type");
  if (type === null) throw new TypeError("An event needs a `type`.");
  return [
    textOf(event, "id") ?? freshEventId(),
    textOf(event, "tenant") ?? "default",
    type,
    textOf(event, "subject"),
    textOf(event, "version"),
    timeOf(event),
    dataOf(event),
  ];
}

function textOf(event: NewEvent, name: keyof typeof textRules): string | null {
  const value: unknown = event[name];
  if (value === undefined) return null;
  const { pattern, rule } = textRules[name];
  if (typeof value === "string" && pattern.test(value) && isWellFormed(value)) return value;
  throw new TypeError(`\`${name}\` is ${rule}.`);
}

function timeOf({ occurred_at: time }: NewEvent): string | null {
  if (time === undefined) return null;
  const isTime = typeof time === "string" && timePattern.test(time) && isDay(time.slice(0, 10));
  // In one form, which PostgreSQL reads as it is meant. It has no year 0.
  const text = isTime ? new Date(time).toISOString() : "";
  if (/^(?!0000)\d{4}-/.test(text)) return text;
  throw new TypeError("`occurred_at` is a time of RFC 3339, such as 2026-01-31T12:00:00Z.");
}

function dataOf({ data }: NewEvent): string {
  const text = JSON.stringify(data) as string | undefined;
  if (text !== undefined) return text;
  throw new TypeError("An event needs `data`: any JSON value, null included.");
}

/** Half of a surrogate pair cannot be written as UTF-8. */
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** `Date` takes the 30th of February for the 2nd of March. */
const isDay = (date: string): boolean => new Date(`${date}T00:00:00Z`).getUTCDate() === Number(date.slice(8));
