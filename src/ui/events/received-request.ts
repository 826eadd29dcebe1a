/** The request that a received event came with. */
import { useQuery } from "@tanstack/react-query";
import type { Page, ReceivedRequest, Source } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import type { CopiedRequest } from "../requests/copied-request.ts";

const sourcesMax = 1000;

/** It never changes. */
export const useReceivedRequest = (tenant: string, id: string, isReceived: boolean) =>
  useQuery({
    queryKey: ["event-request", tenant, id],
    queryFn: ({ signal }) =>
      ask<ReceivedRequest>(`GET /v1/events/${encodeURIComponent(id)}/request`, { query: { tenant }, signal }),
    enabled: isReceived,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The scheme that the source verifies with; `false` where it believes everyone, null where it is gone. */
export function useVerifiedBy(tenant: string, name: string | null): string | false | null {
  const { data } = useQuery({
    queryKey: ["sources", tenant, "of-events"],
    queryFn: ({ signal }) => ask<Page<Source>>("GET /v1/sources", { query: { tenant, limit: sourcesMax }, signal }),
    enabled: name !== null,
    staleTime: 30_000,
  });
  const scheme = data?.data.find((source) => source.name === name)?.scheme;
  if (scheme === undefined) return null;
  return scheme.unverified === true ? false : (scheme.preset ?? "custom");
}

/** With its body as bytes. */
export function copiedOf(request: ReceivedRequest): CopiedRequest {
  const { method, target, headers, received_at: at } = request;
  const pairs = headers.map(([name = "", value = ""]) => [name, value] as const);
  // As it was in the request line: nothing of it is made simpler. Before the path a proxy's client names the server.
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const url = `${location.origin}${path.startsWith("/") ? "" : "/"}${path}`;
  return { method, url, headers: pairs, body: bytesOf(request), at };
}

export function bytesOf({ body, body_base64: base64 }: ReceivedRequest): Uint8Array {
  if (base64 === undefined) return new TextEncoder().encode(body ?? "");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
