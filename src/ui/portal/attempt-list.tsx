import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Attempt, Page } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { type Column, DataTable } from "../components/data-table.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useEndpoints } from "../endpoints/endpoint-queries.ts";
import type { EndpointScope } from "../endpoints/scope.ts";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { AttemptDialog } from "./attempt-dialog.tsx";
import { Outcome } from "./outcome.tsx";
import { portalTexts } from "./texts.ts";

const lookEveryMs = 5000;
const pageSize = 100;

interface AttemptListProps {
  readonly scope: EndpointScope;
  /** Empty: all. */
  readonly status: "" | "failed" | "delivered";
  /** Only of this event. */
  readonly eventId?: string;
}

export function AttemptList({ scope, status, eventId }: AttemptListProps) {
  const t = useTexts(portalTexts);
  const formats = useFormats();
  const [openId, setOpenId] = useState<string | null>(null);
  const { tenant } = scope;
  const endpoints = useEndpoints(tenant).data?.pages.flatMap(({ data }) => data) ?? [];
  const query = useInfiniteQuery({
    queryKey: ["attempts", tenant, status, eventId],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      ask<Page<Attempt>>("GET /v1/attempts", {
        query: { tenant, status, event_id: eventId, limit: pageSize, after: pageParam },
        signal,
      }),
    getNextPageParam: (page) => page.next_cursor,
    // One page is asked for anew; who has read further asks by hand, so that nothing jumps.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 1 ? lookEveryMs : false),
  });
  if (query.isPending) return <Loading />;
  if (query.isError && query.data === undefined)
    return <ProblemBox error={query.error} onRetry={() => void query.refetch()} />;
  const rows = query.data.pages.flatMap(({ data }) => data);
  if (rows.length === 0) return <EmptyState title={t.noAttempts}>{t.noAttemptsAbout}</EmptyState>;
  const urlOf = (id: string | null): string =>
    id === null ? t.endpointGone : (endpoints.find((one) => one.id === id)?.url ?? id);
  const columns: readonly Column<Attempt>[] = [
    { key: "outcome", title: t.outcome, width: "7rem", cell: (attempt) => <Outcome attempt={attempt} /> },
    { key: "type", title: t.event, cell: ({ event_type: type }) => <code>{type ?? "—"}</code> },
    {
      key: "endpoint",
      title: t.endpoint,
      width: "minmax(0, 2fr)",
      cell: ({ endpoint_id: id }) => urlOf(id),
      isMinor: true,
    },
    { key: "number", title: t.number, width: "6rem", align: "end", cell: ({ number }) => number, isMinor: true },
    {
      key: "duration",
      title: t.duration,
      width: "6rem",
      align: "end",
      cell: ({ duration_ms: ms }) => formats.duration(ms),
      isMinor: true,
    },
    { key: "at", title: t.when, width: "6.5rem", align: "end", cell: ({ started_at: at }) => <Time at={at} /> },
  ];
  const shown = rows.find(({ id }) => id === openId) ?? null;
  return (
    <>
      <DataTable
        label={t.attempts}
        columns={columns}
        rows={rows}
        keyOf={({ id }) => id}
        onOpen={({ id }) => setOpenId(id)}
        openKey={openId}
        onEnd={() => {
          if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
        }}
      />
      <AttemptDialog
        scope={scope}
        shown={shown}
        url={shown === null ? "" : urlOf(shown.endpoint_id)}
        onClose={() => setOpenId(null)}
      />
    </>
  );
}
