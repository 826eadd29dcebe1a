import type { TrotlineError } from "../core/errors.ts";
import { asTrotlineError } from "./problem.ts";

/**
 * The lines of an answer to NDJSON, from the moment when the first of them is there: what fails before is an ordinary
 * error. What fails later ends the answer with a line that says so, for the status has been sent; `onFailure` hears of
 * it.
 */
export async function publishedLines(
  lines: AsyncIterable<string>,
  onFailure: (error: TrotlineError) => void,
): Promise<AsyncIterable<string>> {
  const iterator = lines[Symbol.asyncIterator]();
  const first = await iterator.next();
  return linesFrom(iterator, first, onFailure);
}

async function* linesFrom(
  iterator: AsyncIterator<string>,
  first: IteratorResult<string>,
  onFailure: (error: TrotlineError) => void,
): AsyncGenerator<string> {
  let next = first;
  try {
    while (next.done !== true) {
      yield next.value;
      next = await iterator.next();
    }
  } catch (cause) {
    const error = asTrotlineError(cause);
    onFailure(error);
    yield `${JSON.stringify({ done: false, error: { code: error.code, detail: error.message } })}\n`;
  }
}
