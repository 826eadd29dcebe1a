/** Events for local code, read as a named consumer: the server keeps the place, and lets one reader read at a time. */
import { type Trotline, TrotlineCursorError, type TrotlineEvent } from "../../sdk/client.ts";
import type { Selection } from "./listen-selection.ts";

interface ConsumerReading {
  readonly name: string;
  /** Where it begins, if it is not there yet. */
  readonly from: string | undefined;
  readonly selection: Pick<Selection, "query" | "isWanted">;
  readonly onMissed: (error: TrotlineCursorError) => Promise<void>;
}

/** An event is acknowledged when the next one is asked for. Until the signal is aborted. */
export async function* consumerArrivals(
  client: Trotline,
  { name, from, selection, onMissed }: ConsumerReading,
  signal: AbortSignal,
): AsyncGenerator<TrotlineEvent, void, undefined> {
  const { query, isWanted } = selection;
  const options = { ...query, from, limit: 20, processingMsMax: Number.POSITIVE_INFINITY, signal };
  while (!signal.aborted) {
    try {
      for await (const event of client.consume(name, options)) {
        if (isWanted(event)) yield event;
      }
    } catch (error) {
      if (!(error instanceof TrotlineCursorError)) throw error;
      await onMissed(error);
      await client.consumers.seek(name, error.resume, { tenant: query.tenant, signal });
    }
  }
}
