/** What the pages of endpoints ask the server. */
import { type QueryClient, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Endpoint, EventPage, EventType, Page } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { useToast } from "../components/toast.tsx";

const listPageSize = 500;
/** Beyond it the list is asked for again by hand. */
const refreshedMax = 1000;
const listRefetchMs = 5000;
const oneRefetchMs = 3000;
/** Nobody reads more; the search says that it is not all. */
const listedMax = 20_000;
const typesMax = 1000;
const recentEvents = 50;

export const endpointPath = (id: string): string => `/v1/endpoints/${encodeURIComponent(id)}`;

/** All of a tenant, page after page, so that the search finds each. */
export function useEndpoints(tenant: string) {
  const query = useInfiniteQuery({
    queryKey: ["endpoints", tenant],
    queryFn: ({ pageParam, signal }) =>
      ask<Page<Endpoint>>("GET /v1/endpoints", { query: { tenant, limit: listPageSize, after: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor: next }, pages) => (pages.length * listPageSize < listedMax ? next : null),
    refetchInterval: ({ state }) =>
      (state.data?.pages.length ?? 0) * listPageSize <= refreshedMax ? listRefetchMs : false,
  });
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  return query;
}

export const useEndpoint = (id: string) =>
  useQuery({
    queryKey: ["endpoint", id],
    queryFn: ({ signal }) => ask<Endpoint>(`GET ${endpointPath(id)}`, { signal }),
    refetchInterval: oneRefetchMs,
  });

/** The catalogue. */
export const useEventTypes = () =>
  useQuery({
    queryKey: ["event-types", "offered"],
    queryFn: ({ signal }) => ask<Page<EventType>>("GET /v1/event-types", { query: { limit: typesMax }, signal }),
    staleTime: 30_000,
    select: ({ data }) => data,
  });

/** To try things on. */
export const useRecentEvents = (tenant: string) =>
  useQuery({
    queryKey: ["events", tenant, "recent"],
    queryFn: ({ signal }) =>
      ask<EventPage>("GET /v1/events", { query: { tenant, order: "desc", limit: recentEvents }, signal }),
    staleTime: 10_000,
    select: ({ data }) => data,
  });

/** What was told of an endpoint is asked for again. */
export function forgetEndpoint(queries: QueryClient, id: string): void {
  void queries.invalidateQueries({ queryKey: ["endpoint", id] });
  void queries.invalidateQueries({ queryKey: ["endpoints"] });
}

interface ActOptions {
  readonly done?: string;
  readonly onDone?: () => void;
}

/** One thing that is done to an endpoint by its own address, such as `pause`: told when it is done, or refused. */
export function useEndpointAct(id: string) {
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: ({ act, body = {} }: { readonly act: string; readonly body?: object } & ActOptions) =>
      ask<Endpoint>(`POST ${endpointPath(id)}/${act}`, { body }),
    onSuccess: (endpoint, { done, onDone }) => {
      queries.setQueryData(["endpoint", id], endpoint);
      forgetEndpoint(queries, id);
      if (done !== undefined) toast.tell(done);
      onDone?.();
    },
    onError: (error) => toast.tell(error.message, "bad"),
  });
}
