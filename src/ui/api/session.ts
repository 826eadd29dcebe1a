/** Who is signed in. */
import { useQuery } from "@tanstack/react-query";
import { ask } from "./ask.ts";

export interface Session {
  readonly auth: "keys" | "none";
  readonly signed_in: boolean;
  readonly key: {
    readonly id: string;
    readonly name: string;
    readonly scopes: readonly string[];
    /** Null where it is of no tenant. */
    readonly tenant: string | null;
    readonly expires_at: string | null;
  } | null;
  readonly version?: string;
  readonly store?: string;
  readonly public_url?: string | null;
  readonly brand: { readonly name: string | null; readonly colour: string | null; readonly logo: string | null } | null;
}

export const sessionKey = ["session"] as const;

export const useSession = () =>
  useQuery({
    queryKey: sessionKey,
    queryFn: ({ signal }) => ask<Session>("GET /v1/session", { signal }),
    staleTime: 30_000,
    // A page that asks for nothing else notices, too, that the server is away or the session over.
    refetchInterval: 10_000,
  });
