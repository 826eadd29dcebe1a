/**
 * NDJSON to the server and its answers back, line by line, at the same time: a stream of any length in little memory.
 * Not by `fetch`, which promises an answer only after the whole request.
 */
import { once } from "node:events";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Readable } from "node:stream";
import { type ApiErrorFacts, apiError } from "../sdk/api-error.ts";
import { TrotlineConnectionError } from "../sdk/connection-error.ts";
import type { Connection } from "./connection.ts";
import { LineNumbers } from "./line-numbers.ts";

/** One line of the server's answer. */
export interface AnswerLine {
  /** As it came, without the end of the line. */
  readonly text: string;
  /** The line of the input that it is about; null for the last line of all. */
  readonly line: number | null;
  /** Null where the event was stored. */
  readonly error: { readonly code: string; readonly detail: string; readonly field?: string } | null;
  readonly isDuplicate: boolean;
}

export interface StreamOptions {
  readonly input: Readable;
  /** Aborted: no more is read, and what was sent is still answered, for a while. */
  readonly signal: AbortSignal;
  /** Awaited before the next. */
  onAnswer(answer: AnswerLine): Promise<void>;
  /** Bytes of the input that were sent so far. */
  onSent(bytes: number): void;
  /** Between blank lines while the input pauses, for the server drops a stream that is silent for a minute. */
  readonly keepAliveMs?: number;
  /** A connection on which nothing moves for so long is given up. */
  readonly silenceMsMax?: number;
}

const keepAliveMsDefault = 15_000;
const silenceMsMaxDefault = 60_000;
/** For the answers to what was sent, once the signal is aborted. */
const endingMsMax = 5000;
/** Bytes of a line that is not complete yet. The server takes no longer one: it may have it in parts. */
const heldBytesMax = 16 * 1024 * 1024;
/** Bytes of an error's answer, or of one line of answers. */
const answerBytesMax = 1024 * 1024;

/**
 * Resolves with whether the server said that it read to the end. Rejects with a `TrotlineApiError` where it refused the
 * stream as a whole, and with a `TrotlineConnectionError` where the connection was lost.
 */
export async function publishStream(connection: Connection, options: StreamOptions): Promise<boolean> {
  const request = openRequest(connection);
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  answered.catch(() => {}); // Met below.
  const numbers = new LineNumbers();
  const answers = { areTaken: true };
  giveUpInSilence(request, answers, options.silenceMsMax ?? silenceMsMaxDefault);
  const sending = send(request, numbers, options);
  sending.catch(() => {});
  const ending = (): void => void setTimeout(() => request.destroy(), endingMsMax).unref();
  options.signal.addEventListener("abort", ending, { once: true });
  try {
    const [response] = await answered;
    if (response.statusCode !== 200) throw await refusalOf(response);
    const isComplete = await readAnswers(response, numbers, async (answer) => {
      answers.areTaken = false;
      await options.onAnswer(answer);
      answers.areTaken = true;
    });
    await sending;
    return isComplete;
  } catch (error) {
    throw isOwn(error) ? error : new TrotlineConnectionError((error as Error).message, { cause: error });
  } finally {
    options.signal.removeEventListener("abort", ending);
    options.input.destroy();
    request.destroy();
  }
}

const isOwn = (error: unknown): boolean => error instanceof Error && error.name.startsWith("Trotline");

function openRequest({ url, key }: Connection): ClientRequest {
  const open = url.startsWith("https:") ? httpsRequest : httpRequest;
  return open(`${url}/v1/events`, {
    method: "POST",
    headers: {
      "content-type": "application/x-ndjson",
      ...(key !== null && { authorization: `Bearer ${key}` }),
    },
  });
}

/** But not where it is the reader of our output who takes his time. */
function giveUpInSilence(request: ClientRequest, answers: { readonly areTaken: boolean }, silenceMsMax: number): void {
  request.setTimeout(silenceMsMax, () => {
    if (answers.areTaken) request.destroy(new Error(`no answer within ${silenceMsMax} ms`));
  });
}

async function send(request: ClientRequest, numbers: LineNumbers, options: StreamOptions): Promise<void> {
  const { input, signal, onSent, keepAliveMs = keepAliveMsDefault } = options;
  const keepAlive = setInterval(() => {
    if (numbers.isAtStart && request.writableLength === 0) request.write("\n");
  }, keepAliveMs);
  const stop = (): void => void input.destroy();
  signal.addEventListener("abort", stop, { once: true });
  request.once("close", stop);
  let bytes = 0;
  try {
    for await (const lines of wholeLines(input)) {
      const chunk = bytes === 0 && lines.indexOf(byteOrderMark) === 0 ? lines.subarray(byteOrderMark.length) : lines;
      numbers.see(chunk);
      keepAlive.refresh();
      bytes += lines.length;
      if (!request.write(chunk)) await drained(request);
      onSent(bytes);
    }
  } catch (error) {
    if (!signal.aborted && !request.destroyed) {
      request.destroy(error as Error); // The input cannot be read: the server must not think that it has ended.
      throw error;
    }
  } finally {
    clearInterval(keepAlive);
    signal.removeEventListener("abort", stop);
  }
  request.end();
}

/** Some editors and shells begin a file with it; it is no part of the first line. */
const byteOrderMark = Buffer.from("\ufeff");

/** A line is sent when all of it is there, so that a stop does not leave half of one. */
async function* wholeLines(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    const end = chunk.lastIndexOf("\n") + 1;
    if (end === 0 && length + chunk.length <= heldBytesMax) {
      parts.push(chunk);
      length += chunk.length;
      continue;
    }
    const cut = end === 0 ? chunk.length : end;
    yield Buffer.concat([...parts, chunk.subarray(0, cut)]);
    parts = cut === chunk.length ? [] : [chunk.subarray(cut)];
    length = chunk.length - cut;
  }
  if (length > 0) yield Buffer.concat(parts);
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off("drain", done).off("close", done);
      resolve();
    };
    request.on("drain", done).on("close", done);
    if (request.destroyed) done();
  });
}

interface WireAnswer {
  readonly index?: number;
  readonly duplicate?: boolean;
  readonly error?: NonNullable<AnswerLine["error"]>;
  /** In the last line alone. */
  readonly done?: boolean;
}

async function readAnswers(
  response: IncomingMessage,
  numbers: LineNumbers,
  onAnswer: StreamOptions["onAnswer"],
): Promise<boolean> {
  for await (const text of linesOf(response)) {
    const { index, done, error = null, duplicate = false } = JSON.parse(text) as WireAnswer;
    const line = index === undefined ? null : numbers.lineOf(index);
    await onAnswer({ text, line, error, isDuplicate: duplicate });
    if (done !== undefined) return done;
  }
  return false;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > answerBytesMax) throw new TrotlineConnectionError("The answer is not one of Trotline.");
    for (const line of lines) if (line !== "") yield line;
  }
}

async function refusalOf(response: IncomingMessage): Promise<Error> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) {
    text += chunk;
    if (text.length > answerBytesMax) break;
  }
  const status = response.statusCode ?? 0;
  try {
    const { request_id: requestId = null, ...problem } = JSON.parse(text) as ApiErrorFacts & { request_id?: string };
    if (typeof problem.code === "string" && typeof problem.detail === "string") {
      return apiError({ ...problem, status, requestId });
    }
  } catch {} // Something else than Trotline answered.
  return apiError({
    status,
    code: `http-${status}`,
    detail: `POST /v1/events was answered ${status}, not by Trotline.`,
  });
}
