/** What the pages of bins ask the server, and how its answers are kept. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Bin, BinChange, BinRequest } from "../../sdk/wire-bins.ts";
import { ask } from "../api/ask.ts";
import { useSession } from "../api/session.ts";

const refreshMs = 15_000;

export const binPath = (id: string): string => `/v1/bins/${encodeURIComponent(id)}`;
export const requestPath = (id: string, request: string): string =>
  `${binPath(id)}/requests/${encodeURIComponent(request)}`;

/** Where to send: the server's own address where it does not know another. */
export const urlOf = ({ url }: Bin): string => new URL(url, location.origin).href;

export const curlFor = (url: string): string =>
  `curl '${url}' -H 'Content-Type: application/json' -d '{"hello":"bin"}'`;

export function useCanManage(): boolean {
  const { data } = useSession();
  return data?.auth === "none" || (data?.key?.scopes.some((scope) => scope === "manage" || scope === "admin") ?? false);
}

export const useBin = (id: string) =>
  useQuery({
    queryKey: ["bin", id],
    queryFn: ({ signal }) => ask<Bin>(`GET ${binPath(id)}`, { signal }),
    refetchInterval: refreshMs,
  });

/** Bytes of a body where nobody asked for more. */
export const bodyBytesShown = 64 * 1024;
const bodyBytesWhole = 10 * 1024 * 1024;

export const useBinRequest = (id: string, request: string, isWhole: boolean) =>
  useQuery({
    queryKey: ["bin-request", id, request, isWhole],
    queryFn: ({ signal }) =>
      ask<BinRequest>(`GET ${requestPath(id, request)}`, {
        query: { body_bytes_max: isWhole ? bodyBytesWhole : bodyBytesShown },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => (before?.id === request ? before : undefined),
  });

export function useChangeBin(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: BinChange) => ask<Bin>(`PATCH ${binPath(id)}`, { body: change }),
    onSuccess: async (bin) => {
      client.setQueryData(["bin", id], bin);
      await client.invalidateQueries({ queryKey: ["bins"] });
    },
  });
}
