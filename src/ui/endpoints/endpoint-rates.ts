/** How often endpoints were delivered to, of the events of a day. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ask } from "../api/ask.ts";

interface Rate {
  readonly success_rate: number | null;
}

export interface EndpointRates {
  readonly byId: ReadonlyMap<string, Rate>;
  /** Others are counted together, and each has to be asked for. */
  readonly hasOthers: boolean;
}

/** Of `GET /v1/stats`, the members that are shown here. */
interface Statistics {
  readonly total: Rate;
  readonly groups: readonly { readonly key: string | null; readonly is_others: boolean; readonly total: Rate }[];
}

const refetchMs = 15_000;

/** Of those that most was sent to. Undefined while that is not known. */
export function useEndpointRates(tenant: string): EndpointRates | undefined {
  const { data } = useQuery({
    queryKey: ["stats", tenant, "by endpoint"],
    queryFn: ({ signal }) =>
      ask<Statistics>("GET /v1/stats", { query: { tenant, group_by: "endpoint", bucket: "1h" }, signal }),
    refetchInterval: refetchMs,
  });
  return useMemo(
    () =>
      data && {
        byId: new Map(data.groups.flatMap(({ key, total }) => (key === null ? [] : [[key, total] as const]))),
        hasOthers: data.groups.some(({ is_others: isOthers }) => isOthers),
      },
    [data],
  );
}

/** Of one; null where nothing was sent, or while it is not known. */
export function useEndpointRate(id: string, enabled = true): number | null {
  const { data } = useQuery({
    queryKey: ["stats", "of endpoint", id],
    queryFn: ({ signal }) => ask<Statistics>("GET /v1/stats", { query: { endpoint_id: id, bucket: "1h" }, signal }),
    refetchInterval: refetchMs,
    enabled,
  });
  return data?.total.success_rate ?? null;
}
