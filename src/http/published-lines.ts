import { asTrotlineError } from "./problem.ts";

/**
 * The lines of an answer to NDJSON, from the moment when the first of them is there: what fails before is an ordinary
 * error. What fails later ends the answer with a line that says so, for the status has been sent.
 */
export async function publishedLines(lines: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const iterator = lines[Symbol.asyncIterator]();
  const first = await iterator.next();
  return rest(iterator, first);
}

async function* rest(iterator: AsyncIterator<string>, first: IteratorResult<string>): AsyncGenerator<string> {
  let next = first;
  try {
    while (next.done !== true) {
      yield next.value;
      next = await iterator.next();
    }
  } catch (cause) {
    const error = asTrotlineError(cause);
    yield `${JSON.stringify({ done: false, error: { code: error.code, detail: error.message } })}\n`;
  } finally {
    await iterator.return?.();
  }
}
