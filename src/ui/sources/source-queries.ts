/** What the pages of sources ask the server. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { EventPage, Page, Receipt, ReceiptOutcome, Scheme, Source } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { useToast } from "../components/toast.tsx";
import { useTenant } from "../shell/tenant.tsx";

const refetchMs = 5000;
const liveMs = 3000;
const listLimit = 500;
/** Of each row of a list: there are many. */
export const rowRefetchMs = 15_000;
const receivedLimit = 100;
/** Of rejected requests, this many are counted. */
const countedMax = 100;

export const sourcePath = (name: string): string => `/v1/sources/${encodeURIComponent(name)}`;

/** Where its page is: a new source has the address that one of this name would have. */
export const pageOf = ({ id, name }: Pick<Source, "id" | "name">): string => `/sources/${name === "new" ? id : name}`;

/** As providers are given it; the server may know its path alone. */
export const addressOf = ({ url }: Pick<Source, "url">): string => new URL(url, location.origin).href;
export const isAddressKnown = ({ url }: Pick<Source, "url">): boolean => !url.startsWith("/");

export function useSources() {
  const { tenant } = useTenant();
  return useInfiniteQuery({
    queryKey: ["sources", tenant],
    queryFn: ({ pageParam, signal }) =>
      ask<Page<Source>>("GET /v1/sources", { query: { tenant, limit: listLimit, after: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor: next }) => next,
    refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? refetchMs : false),
  });
}

export const useSource = (name: string) =>
  useQuery({
    queryKey: ["source", name],
    queryFn: ({ signal }) => ask<Source>(`GET ${sourcePath(name)}`, { signal }),
    refetchInterval: refetchMs,
  });

export const useSchemes = () =>
  useQuery({
    queryKey: ["schemes"],
    queryFn: ({ signal }) => ask<{ readonly data: readonly Scheme[] }>("GET /v1/schemes", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    select: ({ data }) => data,
  });

/** Its types begin with its name. */
const receivedBy = ({ name, tenant }: Source) => ({ tenant, types: `${name}.*`, order: "desc" });

export const useLastReceived = (source: Source, everyMs = refetchMs) =>
  useQuery({
    queryKey: ["source", source.name, "last-received"],
    queryFn: ({ signal }) => ask<EventPage>("GET /v1/events", { query: { ...receivedBy(source), limit: 1 }, signal }),
    select: ({ data }) => data[0],
    refetchInterval: everyMs,
  });

/** Newest first, and what comes while one looks; more is asked for at the end. */
export const useReceived = (source: Source) =>
  useInfiniteQuery({
    queryKey: ["source", source.name, "events"],
    queryFn: ({ pageParam, signal }) =>
      ask<EventPage>("GET /v1/events", {
        query: { ...receivedBy(source), limit: receivedLimit, after: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor: next, has_more: more }) => (more ? next : null),
    refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? liveMs : false),
  });

export const useReceipts = (name: string, outcome: ReceiptOutcome, everyMs = liveMs) =>
  useInfiniteQuery({
    queryKey: ["source", name, "receipts", outcome],
    queryFn: ({ pageParam, signal }) =>
      ask<Page<Receipt>>(`GET ${sourcePath(name)}/receipts`, {
        query: { outcome, limit: countedMax, before: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor: next }) => next,
    refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? everyMs : false),
  });

/** Something that is done to a source: told when it is done, or why not. */
export function useSourceAct<T = Source>() {
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: ({
      act,
      body,
    }: {
      readonly act: `${string} ${string}`;
      readonly body?: object;
      readonly done?: string;
      readonly isEnd?: boolean;
    }) => ask<T>(act, { ...(body !== undefined && { body }) }),
    onSuccess: (_, { done, isEnd = false }) => {
      // Nobody asks for one that is gone.
      if (!isEnd) void queries.invalidateQueries({ queryKey: ["source"] });
      void queries.invalidateQueries({ queryKey: ["sources"] });
      if (done !== undefined) toast.tell(done);
    },
    onError: (error) => toast.tell(error.message, "bad"),
  });
}
