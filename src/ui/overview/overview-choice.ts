/** What the overview is about: in the address, so that it can be shared. */
import { useMemo } from "react";
import { useSearchParams } from "wouter";
import { useTenant } from "../shell/tenant.tsx";

const hourMs = 3_600_000;
export const ranges = {
  "1h": { ms: hourMs, bucket: "1m" },
  "6h": { ms: 6 * hourMs, bucket: "5m" },
  "24h": { ms: 24 * hourMs, bucket: "15m" },
  "7d": { ms: 168 * hourMs, bucket: "1h" },
  "30d": { ms: 720 * hourMs, bucket: "6h" },
} as const;
export type RangeName = keyof typeof ranges;
const rangeDefault: RangeName = "24h";

export interface OverviewChoice {
  /** Empty: of all tenants. */
  readonly tenant: string;
  readonly range: RangeName;
  /** Empty: all. */
  readonly endpointId: string;
  readonly type: string;
}

type Change = Partial<Omit<OverviewChoice, "tenant">> & { readonly isOfAll?: boolean };

export function useOverviewChoice(): readonly [OverviewChoice, (change: Change) => void] {
  const { tenant, canChoose } = useTenant();
  const [parameters, setParameters] = useSearchParams();
  const choice = useMemo((): OverviewChoice => {
    const range = parameters.get("range") ?? "";
    return {
      tenant: canChoose && parameters.get("tenants") === "all" ? "" : tenant,
      range: Object.hasOwn(ranges, range) ? (range as RangeName) : rangeDefault,
      endpointId: parameters.get("endpoint") ?? "",
      type: parameters.get("type") ?? "",
    };
  }, [tenant, canChoose, parameters]);
  const change = ({ isOfAll = choice.tenant === "", ...rest }: Change): void => {
    const { range, endpointId, type } = { ...choice, ...rest };
    const members = { tenants: isOfAll ? "all" : "", range: range === rangeDefault ? "" : range };
    const all = { ...members, endpoint: endpointId, type };
    setParameters(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")), { replace: true });
  };
  return [choice, change];
}
