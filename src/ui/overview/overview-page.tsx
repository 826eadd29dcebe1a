/** The first page: how deliveries go, and what needs a person first. */
import { useMemo } from "react";
import type { Endpoint } from "../../sdk/wire.ts";
import { LinkButton } from "../components/button.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { titleOf } from "../endpoints/endpoint-condition.ts";
import { useEndpoints } from "../endpoints/endpoint-queries.ts";
import { useEndpointScope } from "../endpoints/scope.ts";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { Attention } from "./attention.tsx";
import { Breakdown, ErrorClasses } from "./breakdown.tsx";
import { Charts } from "./charts.tsx";
import { Figures } from "./figures.tsx";
import { FirstEvent } from "./first-event.tsx";
import { useOverviewChoice } from "./overview-choice.ts";
import { OverviewFilters } from "./overview-filters.tsx";
import { useConsumers, useHasEvents, useStatistics } from "./overview-queries.ts";
import { overviewTexts } from "./texts.ts";

const noEndpoints: readonly Endpoint[] = [];
/** Behind by less is what is always so. */
const countedLateMs = 60_000;

export default function OverviewPage() {
  const t = useTexts(overviewTexts);
  const formats = useFormats();
  const choosing = useOverviewChoice();
  const [choice] = choosing;
  const isOfAll = choice.tenant === "";
  const { rights } = useEndpointScope();
  const statistics = useStatistics(choice, "none");
  const listed = useEndpoints(choice.tenant).data;
  const endpoints = useMemo(() => listed?.pages.flatMap(({ data }) => data) ?? noEndpoints, [listed]);
  const titles = useMemo(() => new Map(endpoints.map((one) => [one.id, titleOf(one)])), [endpoints]);
  const consumers = useConsumers(choice.tenant).data ?? [];
  const hasEvents = useHasEvents(choice.tenant);
  const { data, error } = statistics;
  const isFresh = !isOfAll && hasEvents.data === false && data?.total.attempts === 0;
  const isLate = data?.as_of != null && Date.now() - Date.parse(data.as_of) > countedLateMs;
  return (
    <Page title={t.title} actions={isFresh ? undefined : <OverviewFilters choosing={choosing} endpoints={endpoints} />}>
      {error !== null && <ProblemBox error={error} onRetry={() => statistics.refetch()} />}
      {data === undefined && error === null && <Loading />}
      {isFresh && <FirstEvent />}
      {data !== undefined && !isFresh && (
        <>
          <Figures statistics={data} />
          <Attention endpoints={endpoints} consumers={consumers} canManage={rights.manage} />
          {data.total.attempts === 0 ? (
            <NoDeliveries hasEndpoints={data.now.endpoints > 0} />
          ) : (
            <>
              <Charts statistics={data} />
              <div className="grid min-w-0 items-start gap-4 lg:grid-cols-[2fr_1fr]">
                <Breakdown choice={choice} titles={titles} isOfAll={isOfAll} />
                <ErrorClasses measures={data.total} />
              </div>
            </>
          )}
          {isLate && data.as_of !== null && (
            <p className="text-xs text-muted">{t.counting(formats.exact(data.as_of))}</p>
          )}
        </>
      )}
    </Page>
  );
}

function NoDeliveries({ hasEndpoints }: { readonly hasEndpoints: boolean }) {
  const t = useTexts(overviewTexts);
  if (hasEndpoints) return <EmptyState title={t.noDeliveries}>{t.noDeliveriesHint}</EmptyState>;
  const add = (
    <LinkButton to="/endpoints/new" look="primary">
      {t.addEndpoint}
    </LinkButton>
  );
  return <EmptyState title={t.noEndpoints} actions={add} />;
}
