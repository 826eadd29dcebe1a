import { LeasedReader, type ReadingOptions } from "./leased-reader.ts";
import type { Transport } from "./transport.ts";
import type { TrotlineEvent } from "./wire.ts";

/**
 * The events of a named consumer, one after another. An event is finished, and gets acknowledged, when the loop comes
 * back for the next; one that the loop leaves by `break`, by a throw, or with the signal aborted, comes again.
 */
export async function* consume<Data>(
  transport: Transport,
  name: string,
  options: ReadingOptions,
): AsyncGenerator<TrotlineEvent<Data>, void, undefined> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  if (options.signal?.aborted) return;
  options.signal?.addEventListener("abort", stop, { once: true });
  const reader = new LeasedReader<Data>(transport, name, { ...options, signal: stopping.signal });
  try {
    for (let held = await reader.next(); held !== null; held = await reader.next()) {
      yield held.event;
      if (stopping.signal.aborted) return;
      held.finish();
    }
  } finally {
    options.signal?.removeEventListener("abort", stop);
    await reader.close();
  }
}
