/** Attempts of an endpoint: what is shown stays where it is, and what is new is held back until it is wanted. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useMemo, useState } from "react";
import type { Attempt, Page } from "../../../sdk/wire.ts";
import { ask } from "../../api/ask.ts";

const pageSize = 50;
const liveMs = 2000;

export interface AttemptFilter {
  /** `delivered`, `failed`, a status or a class of them; empty: all. */
  readonly status: string;
  readonly errorClass: string;
  /** RFC 3339; empty: no bound. */
  readonly since: string;
  readonly until: string;
}

/** As `GET /v1/attempts` takes it. */
export const queryOf = (endpointId: string, { status, errorClass, since, until }: AttemptFilter) => ({
  endpoint_id: endpointId,
  status,
  error_class: errorClass,
  since,
  until,
});

interface AttemptsOptions {
  readonly endpointId: string;
  readonly filter: AttemptFilter;
  /** What is new is shown at once: nobody reads further below. */
  readonly isLive: boolean;
}

export function useAttempts({ endpointId, filter, isLive }: AttemptsOptions) {
  const queries = useQueryClient();
  const key = ["attempts", endpointId, "list", filter];
  const asked = queryOf(endpointId, filter);
  const held = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      ask<Page<Attempt>>("GET /v1/attempts", { query: { ...asked, limit: pageSize, after: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor: next }) => next,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const { data: newest } = useQuery({
    queryKey: ["attempts", endpointId, "newest", filter],
    queryFn: ({ signal }) => ask<Page<Attempt>>("GET /v1/attempts", { query: { ...asked, limit: pageSize }, signal }),
    refetchInterval: liveMs,
    enabled: held.isSuccess,
  });
  const [taken, setTaken] = useState<readonly Attempt[]>([]);
  const [takenOf, setTakenOf] = useState(filter);
  if (takenOf !== filter) {
    setTakenOf(filter);
    setTaken([]);
  }
  const older = useMemo(() => held.data?.pages.flatMap(({ data }) => data) ?? [], [held.data]);
  const rows = useMemo(() => merged(taken, older), [taken, older]);
  const fresh = useMemo(() => {
    const ids = new Set(rows.map(({ id }) => id));
    return (newest?.data ?? []).filter(({ id }) => !ids.has(id));
  }, [rows, newest]);
  // Between a whole page of new ones and what is known there may be more: the list begins anew with that page.
  const hasGap = fresh.length >= pageSize;
  const takeFresh = (): void => {
    setTaken(hasGap ? [] : (before) => merged(fresh, before));
    if (hasGap) queries.setQueryData(key, { pages: [newest], pageParams: [null] });
  };
  const take = useEffectEvent(takeFresh);
  const isTaken = isLive && fresh.length > 0;
  useEffect(() => {
    if (isTaken) take();
  }, [isTaken]);
  return { ...held, rows, fresh: isLive ? 0 : fresh.length, hasGap, takeFresh };
}

/** Newest first, each once. */
function merged(newer: readonly Attempt[], older: readonly Attempt[]): readonly Attempt[] {
  if (newer.length === 0) return older;
  const ids = new Set(newer.map(({ id }) => id));
  return [...newer, ...older.filter(({ id }) => !ids.has(id))];
}
