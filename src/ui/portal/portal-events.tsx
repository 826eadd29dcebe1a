import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Route, Switch, useLocation } from "wouter";
import type { EventPage, TrotlineEvent } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { decoded } from "../api/decoded.ts";
import { type Column, DataTable } from "../components/data-table.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { SelectField } from "../components/field.tsx";
import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useEventTypes } from "../endpoints/endpoint-queries.ts";
import type { EndpointScope } from "../endpoints/scope.ts";
import { useTexts } from "../i18n/language.tsx";
import { PortalEvent } from "./portal-event.tsx";
import { portalTexts } from "./texts.ts";

const lookEveryMs = 5000;
const pageSize = 100;

/** What happened, newest first; and one event with where it went. */
export function PortalEvents({ scope }: { readonly scope: EndpointScope }) {
  return (
    <Switch>
      <Route path="/portal/events/:id">{({ id }) => <PortalEvent key={id} scope={scope} id={decoded(id)} />}</Route>
      <Route>
        <EventList scope={scope} />
      </Route>
    </Switch>
  );
}

function EventList({ scope }: { readonly scope: EndpointScope }) {
  const t = useTexts(portalTexts);
  const [, go] = useLocation();
  const [type, setType] = useState("");
  const { tenant } = scope;
  const known = useEventTypes().data ?? [];
  const query = useInfiniteQuery({
    queryKey: ["events", tenant, "portal", type],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      ask<EventPage>("GET /v1/events", {
        query: { tenant, types: type, order: "desc", limit: pageSize, after: pageParam },
        signal,
      }),
    getNextPageParam: ({ has_more: more, next_cursor: next }) => (more ? next : null),
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 1 ? lookEveryMs : false),
  });
  const columns: readonly Column<TrotlineEvent>[] = [
    { key: "type", title: t.type, cell: (event) => <code className="font-medium">{event.type}</code> },
    { key: "subject", title: t.subject, cell: ({ subject }) => subject ?? "—", isMinor: true },
    {
      key: "id",
      title: t.id,
      width: "minmax(0, 2fr)",
      cell: ({ id }) => <code className="text-muted">{id}</code>,
      isMinor: true,
    },
    { key: "at", title: t.when, width: "9rem", align: "end", cell: ({ occurred_at: at }) => <Time at={at} /> },
  ];
  const choice = (
    <SelectField label={t.type} isLabelHidden value={type} onChange={(event) => setType(event.target.value)}>
      <option value="">{t.everyType}</option>
      {known.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </SelectField>
  );
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Page title={t.events} actions={known.length > 0 ? choice : undefined}>
      {query.isError && <ProblemBox error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Loading />}
      {query.isSuccess && rows.length === 0 && <EmptyState title={t.noEvents}>{t.noEventsAbout}</EmptyState>}
      {rows.length > 0 && (
        <DataTable
          label={t.events}
          columns={columns}
          rows={rows}
          keyOf={({ id }) => id}
          onOpen={({ id }) => go(scope.eventPath(id))}
          onEnd={() => {
            if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
          }}
        />
      )}
    </Page>
  );
}
