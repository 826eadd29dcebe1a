import { Link } from "wouter";
import { LinkButton } from "../components/button.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useEndpoints } from "../endpoints/endpoint-queries.ts";
import type { EndpointScope } from "../endpoints/scope.ts";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { AttemptList } from "./attempt-list.tsx";
import { Figure } from "./figure.tsx";
import { LastDay } from "./last-day.tsx";
import { portalTexts } from "./texts.ts";

/** How it goes, at a glance, and what failed lately. */
export function PortalOverview({ scope }: { readonly scope: EndpointScope }) {
  const t = useTexts(portalTexts);
  const formats = useFormats();
  const { data, error, refetch } = useEndpoints(scope.tenant);
  const endpoints = data?.pages.flatMap((page) => page.data) ?? [];
  const add = (
    <LinkButton to={`${scope.base}/new`} look="primary">
      {t.addEndpoint}
    </LinkButton>
  );
  if (data === undefined) {
    return (
      <Page title={t.overview}>
        {error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  if (endpoints.length === 0) {
    return (
      <Page title={t.overview}>
        <EmptyState title={t.noEndpoints} actions={add}>
          {t.noEndpointsAbout}
        </EmptyState>
      </Page>
    );
  }
  const troubled = endpoints.filter(({ status, health }) => status === "disabled" || health.state !== "healthy");
  const waiting = endpoints.reduce((sum, { lag, parked }) => sum + lag + parked, 0);
  return (
    <Page title={t.overview} actions={add}>
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-5">
        <Figure name={t.endpoints}>{formats.number(endpoints.length)}</Figure>
        <Figure name={t.waiting}>{formats.number(waiting)}</Figure>
        <LastDay tenant={scope.tenant} />
      </dl>
      {troubled.length > 0 && (
        <section className="flex flex-col gap-2 rounded-lg border border-warn bg-warn-soft p-4 text-warn">
          <h2 className="font-semibold">{t.needsYou}</h2>
          <ul className="flex flex-col gap-1">
            {troubled.map(({ id, url, status }) => (
              <li key={id} className="flex flex-wrap gap-2">
                <Link href={`${scope.base}/${id}`} className="min-w-0 truncate underline">
                  {url ?? id}
                </Link>
                <span>{status === "disabled" ? t.isDisabled : t.isFailing}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <h2 className="font-semibold">{t.failedLately}</h2>
      <AttemptList scope={scope} status="failed" />
    </Page>
  );
}
