/** `trotline publish --ndjson`: what a person, or a program, sees of a stream of events. */
import { Readable } from "node:stream";
import { clientFailure } from "./client-failure.ts";
import { exitCodes } from "./exit-codes.ts";
import { ClientFailure } from "./failure-text.ts";
import { type AnswerLine, publishStream } from "./publish-stream.ts";
import type { Session } from "./session.ts";

interface Count {
  stored: number;
  duplicates: number;
  refused: number;
  sentBytes: number;
}

/** Answers the exit code: all is well only where every line was stored. */
export async function publishLines(session: Session, input: Readable, inputBytes: number | null): Promise<number> {
  const { connection, signal, output, progress, note } = session;
  // Nothing is sent before the server is known to take it: a refusal in the middle of a body can be lost with it.
  await publishStream(connection, streamOptions(Readable.from([]), signal));
  const count: Count = { stored: 0, duplicates: 0, refused: 0, sentBytes: 0 };
  const onAnswer = async (answer: AnswerLine): Promise<void> => {
    if (answer.error !== null) note(refusalText(answer, answer.error));
    if (answer.line !== null) count[outcomeOf(answer)] += 1;
    if (!output.isTable) await output.writeJsonLines([answer.text]);
    progress.show(progressText(count, inputBytes));
  };
  const onSent = (bytes: number): void => {
    count.sentBytes = bytes;
    progress.show(progressText(count, inputBytes));
  };
  try {
    const isComplete = await publishStream(connection, { input, signal, onAnswer, onSent });
    if (!isComplete) throw new ClientFailure("The server stopped reading.", []);
  } catch (error) {
    if (!signal.aborted) throw unfinished(clientFailure(error, connection), count);
  }
  if (signal.aborted) {
    note(`${summaryText(count)}, then stopped.`);
    return exitCodes.failed; // Also where only the reader of the answers has gone: not all was published.
  }
  if (output.isTable) note(`${summaryText(count)}.`);
  return count.refused > 0 ? exitCodes.failed : exitCodes.ok;
}

const outcomeOf = ({ error, isDuplicate }: AnswerLine): "stored" | "duplicates" | "refused" =>
  error !== null ? "refused" : isDuplicate ? "duplicates" : "stored";

const streamOptions = (input: Readable, signal: AbortSignal) => ({
  input,
  signal,
  onAnswer: () => Promise.resolve(),
  onSent: () => {},
});

function refusalText({ line }: AnswerLine, error: NonNullable<AnswerLine["error"]>): string {
  const where = line === null ? "The server stopped" : `Line ${line} was refused`;
  const field = error.field === undefined || error.field === "" ? "" : ` (${error.field})`;
  return `${where}: ${error.code}${field}: ${error.detail}`;
}

function summaryText({ stored, duplicates, refused }: Count): string {
  const before = duplicates === 0 ? "" : `, ${duplicates} stored before`;
  return `${stored} stored${before}${refused === 0 ? "" : `, ${refused} refused`}`;
}

function progressText(count: Count, inputBytes: number | null): string {
  const { sentBytes } = count;
  const part = inputBytes === null || inputBytes === 0 ? "" : ` (${Math.floor((sentBytes / inputBytes) * 100)} %)`;
  return `${summaryText(count)}, ${(sentBytes / 1e6).toFixed(1)} MB sent${part}`;
}

/** What had no answer may be stored or not. */
function unfinished(failure: unknown, count: Count): unknown {
  if (!(failure instanceof ClientFailure)) return failure;
  const advice = `${summaryText(count)}; what was sent beyond that may be stored or not. With ids, publish it all again.`;
  return new ClientFailure(failure.message, [...failure.advice, advice], failure);
}
