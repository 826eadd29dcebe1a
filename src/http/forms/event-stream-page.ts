/** The bytes of a page of a stream: an event is a line, or has one. */
import type { StoredEvent } from "../../core/event.ts";
import type { FeedPage } from "../../feed/feed.ts";
import { cursorAt, type FormReading, joinEvents } from "./form.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

/** Writes pages: for each event `before`, its data on one line, what `behindFor` writes behind them, and `after`. */
export function pageWriter(
  before: (event: StoredEvent, cursor: string) => string,
  after: string,
  behindFor?: (reading: FormReading) => ((event: StoredEvent) => string) | undefined,
): (page: FeedPage, reading: FormReading) => Uint8Array {
  // Readers that wait for the same are given the same page.
  const written = new WeakMap<FeedPage, Uint8Array>();
  return (page, reading) => {
    let bytes = written.get(page);
    if (bytes === undefined) {
      const { epochs } = reading.app.store.events.bounds();
      const head = (event: StoredEvent): string => before(event, cursorAt(epochs, event.position));
      bytes = joinEvents(page.events.map(onOneLine), { before: head, behind: behindFor?.(reading), after });
      written.set(page, bytes);
    }
    return bytes;
  };
}

/**
 * The event with spaces for the line breaks of its data, which stand between its parts: inside of a string JSON has
 * none that is not escaped. Nothing else is changed.
 */
function onOneLine(event: StoredEvent): StoredEvent {
  if (!event.data.includes(lineFeed) && !event.data.includes(carriageReturn)) return event;
  const data = event.data.map((byte) => (byte === lineFeed || byte === carriageReturn ? space : byte));
  return { ...event, data };
}
