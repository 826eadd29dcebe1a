/** What the list shows of an endpoint. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { Attempt, Endpoint, Page } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import type { Column } from "../components/data-table.tsx";
import { Time } from "../components/time.tsx";
import { type Formats, useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { ConditionBadge, OutcomeBadge } from "./endpoint-badges.tsx";
import { placeOf } from "./endpoint-condition.ts";
import { type EndpointRates, useEndpointRate, useEndpointRates } from "./endpoint-rates.ts";
import { endpointsTexts } from "./texts.ts";

/** Rows that only pass by while someone scrolls ask for nothing. */
const restMs = 250;

type Words = ReturnType<typeof useTexts<(typeof endpointsTexts)["en"]>>;

export function useEndpointColumns(tenant: string): readonly Column<Endpoint>[] {
  const t = useTexts(endpointsTexts);
  const formats = useFormats();
  const rates = useEndpointRates(tenant);
  return useMemo(() => columnsOf({ t, formats, rates }), [t, formats, rates]);
}

interface Shown {
  readonly t: Words;
  readonly formats: Formats;
  /** Undefined where the server does not tell. */
  readonly rates: EndpointRates | undefined;
}

const columnsOf = ({ t, formats, rates }: Shown): readonly Column<Endpoint>[] => [
  { key: "endpoint", title: t.endpoint, width: "minmax(0, 3fr)", cell: (endpoint) => <Named endpoint={endpoint} /> },
  {
    key: "state",
    title: t.state,
    width: "minmax(6.5rem, 1fr)",
    cell: (endpoint) => <ConditionBadge endpoint={endpoint} />,
  },
  {
    key: "rate",
    title: <span title={t.rateHint}>{t.rate}</span>,
    width: "5rem",
    align: "end",
    isMinor: true,
    cell: ({ id }) => <SuccessRate id={id} rates={rates} />,
  },
  {
    key: "waiting",
    title: <span title={t.parkedHint}>{t.parked}</span>,
    width: "5rem",
    align: "end",
    isMinor: true,
    cell: ({ parked }) => <span className={parked > 0 ? "text-warn" : "text-muted"}>{formats.number(parked)}</span>,
  },
  {
    key: "lag",
    title: <span title={t.lagHint}>{t.lag}</span>,
    width: "5rem",
    align: "end",
    isMinor: true,
    cell: ({ lag }) => <span className={lag > 0 ? "" : "text-muted"}>{formats.number(lag)}</span>,
  },
  {
    key: "last",
    title: t.lastAttempt,
    width: "minmax(15rem, 1fr)",
    isMinor: true,
    cell: ({ id }) => <LastAttempt id={id} />,
  },
];

function Named({ endpoint }: { readonly endpoint: Endpoint }) {
  const { description } = endpoint;
  const place = placeOf(endpoint);
  return (
    <div className="min-w-0">
      <p className={`truncate ${description === "" ? "font-mono text-[13px]" : "font-medium"}`}>
        {description || place}
      </p>
      <p className="truncate font-mono text-xs text-muted">{description === "" ? endpoint.id : place}</p>
    </div>
  );
}

function SuccessRate({ id, rates }: { readonly id: string; readonly rates: EndpointRates | undefined }) {
  const formats = useFormats();
  const known = rates?.byId.get(id);
  const own = useEndpointRate(id, useIsResting() && known === undefined && rates?.hasOthers === true);
  return formats.percent(known === undefined ? own : known.success_rate);
}

/** False for a moment after it appeared. */
function useIsResting(): boolean {
  const [isResting, setIsResting] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsResting(true), restMs);
    return () => clearTimeout(timer);
  }, []);
  return isResting;
}

function LastAttempt({ id }: { readonly id: string }) {
  const t = useTexts(endpointsTexts);
  const isResting = useIsResting();
  const { data } = useQuery({
    queryKey: ["attempts", id, "last"],
    queryFn: ({ signal }) => ask<Page<Attempt>>("GET /v1/attempts", { query: { endpoint_id: id, limit: 1 }, signal }),
    enabled: isResting,
    staleTime: 5000,
    refetchInterval: 10_000,
    select: (page) => page.data[0] ?? null,
  });
  if (data === undefined) return null;
  if (data === null) return <span className="text-muted">{t.neverTried}</span>;
  return (
    <span className="flex items-center gap-2">
      <OutcomeBadge attempt={data} />
      <Time at={data.started_at} />
    </span>
  );
}
