/** What went wrong, as people read it: one sentence, then the code and what to do. */
import { type ErrorCode, errorCatalogue, TrotlineError } from "../core/errors.ts";
import { shownText } from "./table.ts";
import { UsageError } from "./usage-error.ts";

/** A client command failed in a way that is foreseen. Each of `advice` is a line of its own. */
export class ClientFailure extends Error {
  override readonly name = "ClientFailure";
  readonly advice: readonly string[];

  constructor(sentence: string, advice: readonly string[], cause?: unknown) {
    super(sentence, { cause });
    this.advice = advice;
  }
}

/** An error that nobody foresaw brings its stack: it has to be reported. */
export function failureText(error: unknown): string {
  if (error instanceof TrotlineError) return textOf(error.message, [`${error.code}: ${adviceFor(error.code)}`]);
  if (error instanceof ClientFailure) return textOf(error.message, error.advice);
  if (error instanceof UsageError) return textOf(error.message, []);
  if (error instanceof Error && error.constructor === Error) return textOf(error.message, []);
  return `trotline: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** To send it again is no advice to whoever gives a command that opens a store. */
export function openingFailure(error: unknown): unknown {
  if (!(error instanceof TrotlineError) || error.code !== "store-unavailable") return error;
  return new TrotlineError("store-unreachable", error.message, { cause: error });
}

/** Nothing for a code that this version does not know. */
export function adviceFor(code: string): string {
  return code in errorCatalogue ? errorCatalogue[code as ErrorCode].advice : "";
}

const textOf = (sentence: string, advice: readonly string[]): string =>
  [`trotline: ${shownText(sentence)}`, ...advice.map((line) => `  ${shownText(line)}`)].join("\n");
