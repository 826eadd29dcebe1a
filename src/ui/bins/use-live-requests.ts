/** The requests of a bin: what is there, newest first, and what comes from then on, until somebody pauses it. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { BinRequestPage, BinRequestSummary } from "../../sdk/wire-bins.ts";
import { ask, isAway } from "../api/ask.ts";
import { binPath } from "./bin-queries.ts";

export interface Wanted {
  readonly method: string;
  readonly text: string;
}

interface Rows {
  readonly rows: readonly BinRequestSummary[];
  /** `before` of the next older page; null where there is none. */
  readonly older: string | null;
  readonly isLoaded: boolean;
  readonly error: Error | null;
  /** New ones cannot be asked for at the moment. */
  readonly isCutOff: boolean;
}

const nothing: Rows = { rows: [], older: null, isLoaded: false, error: null, isCutOff: false };
const pageSize = 50;
const livePageSize = 200;
const waitSeconds = 25;
const restMs = 2000;

export interface LiveRequests extends Rows {
  loadOlder(): void;
  /** It is shown no more. */
  forget(id: string): void;
  reload(): void;
}

export function useLiveRequests(id: string, { method, text }: Wanted, isPaused: boolean): LiveRequests {
  const [state, setState] = useState(nothing);
  const [round, setRound] = useState(0);
  const live = useRef<string | null>(null);
  const isLoadingOlder = useRef(false);
  const { isLoaded, older } = state;
  const read = useCallback(
    (query: object, signal?: AbortSignal) =>
      ask<BinRequestPage>(`GET ${binPath(id)}/requests`, {
        query: { method, text, ...query },
        ...(signal && { signal }),
      }),
    [id, method, text],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: each round begins anew
  useEffect(() => {
    const end = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    setState((before) => ({ ...before, isLoaded: false }));
    read({ limit: pageSize }, end.signal).then(
      (page) => {
        live.current = page.live_cursor;
        const older = page.has_more ? page.next_cursor : null;
        setState({ ...nothing, rows: page.data, older, isLoaded: true });
      },
      (error: Error) => {
        if (end.signal.aborted) return;
        setState({ ...nothing, error });
        if (isAway(error)) again = setTimeout(() => setRound((before) => before + 1), restMs);
      },
    );
    return () => {
      end.abort();
      clearTimeout(again);
    };
  }, [read, round]);

  useEffect(() => {
    if (!isLoaded || isPaused) return;
    const end = new AbortController();
    const follow = async (): Promise<void> => {
      while (!end.signal.aborted) {
        try {
          const page = await read({ after: live.current, wait: waitSeconds, limit: livePageSize }, end.signal);
          live.current = page.next_cursor;
          setState((before) => (before.isCutOff ? { ...before, isCutOff: false } : before));
          if (page.data.length > 0) setState((before) => withNewer(before, page.data));
        } catch {
          if (end.signal.aborted) return;
          setState((before) => ({ ...before, isCutOff: true }));
          await new Promise((resolve) => setTimeout(resolve, restMs));
        }
      }
    };
    void follow();
    return () => end.abort();
  }, [read, isLoaded, isPaused]);

  const loadOlder = useCallback(() => {
    if (older === null || isLoadingOlder.current) return;
    isLoadingOlder.current = true;
    read({ before: older, limit: pageSize })
      .then((page) =>
        setState((before) => ({
          ...before,
          rows: [...before.rows, ...page.data],
          older: page.has_more ? page.next_cursor : null,
        })),
      )
      .catch(() => {})
      .finally(() => {
        isLoadingOlder.current = false;
      });
  }, [read, older]);
  const forget = useCallback(
    (gone: string) => setState((before) => ({ ...before, rows: before.rows.filter((row) => row.id !== gone) })),
    [],
  );
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, loadOlder, forget, reload };
}

function withNewer(before: Rows, newer: readonly BinRequestSummary[]): Rows {
  const known = new Set(before.rows.slice(0, livePageSize).map(({ id }) => id));
  const fresh = newer.filter(({ id }) => !known.has(id)).reverse();
  return { ...before, rows: [...fresh, ...before.rows], error: null };
}
