/** What the pages of consumers ask the server. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Consumer, EventPage, Page } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { useToast } from "../components/toast.tsx";
import { useTenant } from "../shell/tenant.tsx";

const listLimit = 200;
const listRefetchMs = 5000;
const oneRefetchMs = 2000;
const peekedMax = 20;

export const consumerPath = (name: string): string => `/v1/consumers/${encodeURIComponent(name)}`;
/** A new consumer has the address that one of this name would have. */
export const pageOf = (name: string): string => `/consumers/${name === "new" ? "%256eew" : encodeURIComponent(name)}`;

export function useConsumers() {
  const { tenant } = useTenant();
  return useInfiniteQuery({
    queryKey: ["consumers", tenant],
    queryFn: ({ pageParam, signal }) =>
      ask<Page<Consumer>>("GET /v1/consumers", { query: { tenant, limit: listLimit, after: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor: next }) => next,
    refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? listRefetchMs : false),
  });
}

export function useConsumer(name: string) {
  const { tenant } = useTenant();
  return useQuery({
    queryKey: ["consumer", tenant, name],
    queryFn: ({ signal }) => ask<Consumer>(`GET ${consumerPath(name)}`, { query: { tenant }, signal }),
    refetchInterval: oneRefetchMs,
  });
}

/** What its reader would get, without its lease: the feed from its own place. */
export const usePeek = ({ tenant, cursor, types, filter, subject, head }: Consumer) =>
  useQuery({
    queryKey: ["consumer", tenant, "peek", { cursor, types, filter, subject, head }],
    queryFn: ({ signal }) =>
      ask<EventPage>("GET /v1/events", {
        query: { tenant, after: cursor, types: types.join(","), filter, subject, limit: peekedMax },
        signal,
      }),
    placeholderData: (before) => before,
  });

interface Act {
  readonly act: `${string} ${string}`;
  readonly body?: object;
  readonly done: string;
  /** There is no such consumer from then on, so that nobody asks for it. */
  readonly isEnd?: boolean;
}

/** Something that is done to a consumer: told when it is done. */
export function useConsumerAct<T = Consumer>() {
  const { tenant } = useTenant();
  const queries = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: ({ act, body }: Act) => ask<T>(act, { query: { tenant }, ...(body !== undefined && { body }) }),
    onSuccess: (_, { done, isEnd = false }) => {
      if (!isEnd) void queries.invalidateQueries({ queryKey: ["consumer"] });
      void queries.invalidateQueries({ queryKey: ["consumers"] });
      toast.tell(done);
    },
  });
}
