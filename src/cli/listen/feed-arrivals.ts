/** Events for local code, read from the feed: the one after the last is asked for when the last has been answered. */
import { TrotlineCursorError, type TrotlineEvent } from "../../sdk/client.ts";
import { restAfterEmpty } from "../../sdk/rest-after-empty.ts";
import { onWaking } from "./awake.ts";
import type { Asked, Selection } from "./listen-selection.ts";

export interface Reading {
  readonly selection: Pick<Selection, "page" | "isWanted">;
  /** A place of the log. */
  readonly from: string;
  /** Everything up to this cursor is settled. */
  readonly save: (cursor: string) => Promise<void>;
  readonly onMissed: (error: TrotlineCursorError) => Promise<void>;
  readonly onWaking: (sleptMs: number) => void;
  /** From now on nothing that comes can be missed. */
  readonly onReady: () => void;
}

/** Events of a page: few, for a page is kept while its events wait for local code. */
const pageSize = 20;
const waitSeconds = 30;

/** Until the signal is aborted; then it throws the signal's reason. */
export async function* feedArrivals(
  reading: Reading,
  signal: AbortSignal,
): AsyncGenerator<TrotlineEvent, void, undefined> {
  const { selection, save, onMissed } = reading;
  const polls = wakefulPolls(reading, signal);
  try {
    let cursor = reading.from;
    // Not held at first: `latest` is to be a cursor, and kept, before anything comes.
    for (let wait = 0; ; ) {
      const asked = { after: cursor, limit: pageSize, wait };
      const page = await polls.run((poll) => pageOf(selection, asked, poll));
      if (page instanceof TrotlineCursorError) {
        await onMissed(page);
        cursor = page.resume;
        await save(cursor);
        continue;
      }
      if (page === null) continue;
      if (wait === 0) {
        await save(page.data.length === 0 ? page.next_cursor : cursor);
        reading.onReady();
      }
      for (const event of page.data) {
        if (!selection.isWanted(event)) continue;
        yield event;
        await save(event.cursor);
      }
      if (page.next_cursor !== cursor) await save(page.next_cursor);
      cursor = page.next_cursor;
      wait = waitSeconds;
    }
  } finally {
    polls.end();
  }
}

async function pageOf({ page: ask }: Reading["selection"], asked: Asked, signal: AbortSignal) {
  const startMs = performance.now();
  try {
    const page = await ask(asked, signal);
    await restAfterEmpty(page, { startMs, waitSeconds: asked.wait, signal });
    return page;
  } catch (error) {
    if (error instanceof TrotlineCursorError) return error;
    throw error;
  }
}

/** After sleep the connection may be dead without knowing: what was asked before is asked anew. */
function wakefulPolls({ onWaking: onWoken }: Reading, signal: AbortSignal) {
  let current: AbortController | null = null;
  const watch = onWaking((sleptMs) => {
    onWoken(sleptMs);
    current?.abort();
  });
  return {
    /** Null where it has to be asked anew. */
    async run<Answer>(ask: (poll: AbortSignal) => Promise<Answer>): Promise<Answer | null> {
      const poll = new AbortController();
      current = poll;
      try {
        return await ask(AbortSignal.any([signal, poll.signal]));
      } catch (error) {
        if (signal.aborted || !poll.signal.aborted) throw error;
        return null;
      } finally {
        current = null;
      }
    },
    end: () => watch.end(),
  };
}
