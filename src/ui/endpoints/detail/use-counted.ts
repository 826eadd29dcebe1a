/** Counts what would be sent before anything is: a replay that only counts. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Endpoint, Replay } from "../../../sdk/wire.ts";
import { ask } from "../../api/ask.ts";
import { endpointPath } from "../endpoint-queries.ts";

const countingMs = 500;

export interface Counted {
  /** What was counted; null before. */
  readonly replay: Replay | null;
  readonly error: unknown;
  readonly isBusy: boolean;
  /** `act`: `replay` or `recover`. */
  count(act: "replay" | "recover", body: object): Promise<void>;
  /** Sends what was counted: the same range, whatever came since. */
  send(act: "replay" | "recover", body: object): Promise<boolean>;
  forget(): void;
}

export function useCounted(endpoint: Endpoint): Counted {
  const queries = useQueryClient();
  const [made, setMade] = useState<Replay | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const { data } = useQuery({
    queryKey: ["replay", made?.id],
    queryFn: ({ signal }) => ask<Replay>(`GET /v1/replays/${made?.id}`, { signal }),
    enabled: made?.status === "counting",
    refetchInterval: ({ state }) => (state.data === undefined || state.data.status === "counting" ? countingMs : false),
  });
  const replay = data?.id === made?.id ? (data ?? made) : made;
  const post = async (act: string, body: object): Promise<Replay | null> => {
    setIsBusy(true);
    setError(null);
    try {
      return await ask<Replay>(`POST ${endpointPath(endpoint.id)}/${act}`, { body });
    } catch (refusal) {
      setError(refusal);
      return null;
    } finally {
      setIsBusy(false);
    }
  };
  return {
    replay,
    error,
    isBusy: isBusy || replay?.status === "counting",
    async count(act, body) {
      setMade(await post(act, { ...body, dry_run: true }));
    },
    async send(act, body) {
      const sent = await post(act, body);
      if (sent === null) return false;
      setMade(null);
      void queries.invalidateQueries({ queryKey: ["replays", endpoint.id] });
      return true;
    },
    forget() {
      setMade(null);
      setError(null);
    },
  };
}
