import { type TSchema, Type } from "typebox";
import { errorClasses } from "../../core/attempt.ts";
import { limits } from "../../core/limits.ts";
import { bodyKinds } from "../../inbound/bins/shown-body.ts";
import { pageOf } from "./page.ts";
import { nullable, placeLengthMax, time } from "./scalars.ts";

const headers = Type.Record(Type.String(), Type.String({ maxLength: limits.headerValueLength }), {
  description: "Names and values; those that act on more than the answer are refused.",
});
const delayMs = Type.Integer({
  minimum: 0,
  maximum: limits.binDelayMsMax,
  description: "How long the answer is held back.",
});
const times = Type.Integer({
  minimum: 1,
  maximum: limits.binAnswerTimes,
  description: "How often it is given, before the next one; the last is given from then on.",
});

const newAnswer = Type.Object(
  {
    status: Type.Integer({ minimum: 200, maximum: 599 }),
    headers: Type.Optional(headers),
    body: Type.Optional(Type.String({ maxLength: limits.binAnswersLength })),
    delay_ms: Type.Optional(delayMs),
    times: Type.Optional(times),
  },
  { title: "NewBinAnswer", additionalProperties: false, description: "Plain text, unless `headers` says else." },
);

const answer = Type.Object(
  { status: Type.Integer(), headers, body: Type.String(), delay_ms: delayMs, times },
  { title: "BinAnswer" },
);

const settings = {
  description: Type.Optional(Type.String({ maxLength: limits.descriptionLength })),
  answer: Type.Optional(
    Type.Union([newAnswer, Type.Array(newAnswer, { maxItems: limits.binAnswers }), Type.Null()], {
      description: "One answer, or a sequence of them; null: 200 without a body. Another one begins anew.",
    }),
  ),
  cors: Type.Optional(Type.Boolean({ description: "Pages of every origin may send, and read what is answered." })),
  expires_in_ms: Type.Optional(
    Type.Integer({
      minimum: limits.binAgeMsMin,
      maximum: limits.binAgeMsMax,
      description: "From now on; seven days where a new bin does not say.",
    }),
  ),
};

export const newBinSchema = Type.Object(
  {
    tenant: Type.Optional(
      Type.String({ minLength: 1, maxLength: limits.tenantLength, description: "Whose bin it is." }),
    ),
    ...settings,
  },
  { additionalProperties: false, title: "NewBin" },
);

export const changeBinSchema = Type.Object(settings, {
  additionalProperties: false,
  minProperties: 1,
  title: "BinChange",
});

export type BinChangeBody = Type.Static<typeof changeBinSchema>;

const binMembers = {
  id: Type.String(),
  name: Type.String({ description: "In its URL; nobody guesses it." }),
  url: Type.String({ description: "Where to send; a path where the server's `public-url` is not set." }),
  tenant: Type.String(),
  description: Type.String(),
  answer: Type.Array(answer, { description: "In turn; none: 200 without a body." }),
  cors: Type.Boolean(),
  expires_at: time("It is gone then."),
  created_at: time("When it was made."),
  updated_at: time("When it changed last."),
};

export const binSchema = Type.Object(binMembers, {
  title: "Bin",
  description: "A throw-away URL to look at requests.",
});
export type BinBody = Type.Static<typeof binSchema>;

export const binWithCountsSchema = Type.Object(
  {
    ...binMembers,
    requests: Type.Integer({ description: "That it has taken, those not shown among them." }),
    bytes: Type.Integer({ description: "What they take in the log." }),
    answered: Type.Integer({ description: "Requests since the sequence of answers began." }),
  },
  { title: "BinWithCounts" },
);

export const binPageSchema = pageOf(binSchema);

const place = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: placeLengthMax, description }));

export const binRequestQuerySchema = Type.Object(
  {
    before: place("Newest first: only older than this cursor."),
    after: place("Oldest first: only newer than this cursor, `earliest`, or the id of a request."),
    wait: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: limits.waitSecondsMax,
        description: "With `after`: seconds to wait for a request where there is none yet.",
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.binPageSizeMax, default: limits.binPageSize })),
    method: Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: "Only with this method." })),
    text: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.binSearchLength,
        description: "Only with this in its path, headers, body or note, in whatever case.",
      }),
    ),
    from: Type.Optional(time("Only received then or later.")),
    to: Type.Optional(time("Only received before.")),
  },
  { additionalProperties: false },
);

export type BinRequestQuery = Type.Static<typeof binRequestQuerySchema>;

const answered = nullable(
  Type.Object({ number: Type.Integer(), status: Type.Integer(), delay_ms: Type.Integer() }, { title: "BinAnswered" }),
  "What it was answered, as the how-many-eth of the sequence; null where that began anew since.",
);

const summaryMembers = {
  id: Type.String({ description: "Of its event." }),
  cursor: Type.String({ description: "Its place among the requests." }),
  method: Type.String(),
  target: Type.String({ description: "Path and query, as in the request line." }),
  path: Type.String({ description: "Path and query below the bin's own." }),
  address: Type.String({ description: "The client's, behind the proxies that are trusted." }),
  protocol: Type.Enum(["http", "https"]),
  received_at: time("When it was received."),
  content_type: nullable(Type.String(), "As it came."),
  body_bytes: Type.Integer(),
  note: nullable(Type.String(), "What somebody wrote to it."),
  answered,
};

const binRequestSummarySchema = Type.Object(summaryMembers, { title: "BinRequestSummary" });
export type BinRequestSummaryBody = Type.Static<typeof binRequestSummarySchema>;

export const binRequestPageSchema = Type.Object(
  {
    data: Type.Array(binRequestSummarySchema),
    next_cursor: Type.String({ description: "`before`, or `after`, of the next page." }),
    has_more: Type.Boolean(),
    live_cursor: Type.String({ description: "`after`, to be told of what comes from now on." }),
  },
  { title: "BinRequestPage" },
);

const pair = (description: string): TSchema => Type.Array(Type.Array(Type.String()), { description });

export const binRequestSchema = Type.Object(
  {
    ...summaryMembers,
    headers: pair("Name and value, in order and as often as they came, nothing hidden."),
    query: pair("Name and value of each parameter, decoded."),
    kind: Type.Enum([...bodyKinds], { description: "What the body is, by its bytes and its media type." }),
    body: Type.Optional(Type.String({ description: "Where it is UTF-8." })),
    body_base64: Type.Optional(Type.String({ description: "Where it is not UTF-8." })),
    body_truncated: Type.Boolean(),
    parsed: Type.Optional(Type.Unknown({ description: "Of a form, multipart or XML: what is in it." })),
  },
  { title: "BinRequest" },
);

export const shownBodyQuerySchema = Type.Object(
  {
    body_bytes_max: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: limits.binBodyBytes,
        default: limits.binShownBodyBytes,
        description: "More of the body is cut off.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const noteSchema = Type.Object(
  { text: Type.String({ maxLength: limits.binNoteLength, description: "Empty: none." }) },
  { additionalProperties: false, title: "BinNote" },
);

export const forwardSchema = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: limits.urlLength,
      description: "The path below the bin's own, and the query, are put behind it.",
    }),
  },
  { additionalProperties: false, title: "BinForward" },
);

export const forwardedSchema = Type.Object(
  {
    url: Type.String({ description: "Where it was sent." }),
    status: nullable(Type.Integer(), "HTTP status of the answer; null where none came."),
    headers: Type.Record(Type.String(), Type.String(), { description: "Some of the answer's." }),
    body: Type.Optional(Type.String({ description: "Of the answer, where it is UTF-8." })),
    body_base64: Type.Optional(Type.String({ description: "Of the answer, where it is not UTF-8." })),
    body_truncated: Type.Boolean({ description: `More than ${limits.responseBodyBytes} bytes came.` }),
    duration_ms: Type.Number(),
    error_class: nullable(Type.Enum([...errorClasses]), "Null where the answer was 2xx."),
    error_detail: nullable(Type.String(), "A sentence for people."),
  },
  { title: "BinForwarded" },
);
