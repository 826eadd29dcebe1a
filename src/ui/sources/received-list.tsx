/** Events that came by a source, newest first. */
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import type { Source, TrotlineEvent } from "../../sdk/wire.ts";
import { type Column, DataTable } from "../components/data-table.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { useReceived } from "./source-queries.ts";
import { sourcesTexts } from "./texts.ts";

interface ReceivedListProps {
  readonly source: Source;
  /** What helps where nothing came. */
  readonly emptyActions: ReactNode;
}

export function ReceivedList({ source, emptyActions }: ReceivedListProps) {
  const t = useTexts(sourcesTexts);
  const [, go] = useLocation();
  const query = useReceived(source);
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? [];
  const columns: readonly Column<TrotlineEvent>[] = [
    {
      key: "type",
      title: t.type,
      width: "minmax(0, 2fr)",
      cell: ({ type }) => <span className="font-mono text-[13px]">{type}</span>,
    },
    {
      key: "id",
      title: t.id,
      width: "minmax(0, 2fr)",
      isMinor: true,
      cell: ({ id }) => <span className="font-mono text-[13px] text-muted">{id}</span>,
    },
    { key: "at", title: t.received, width: "10rem", align: "end", cell: ({ accepted_at: at }) => <Time at={at} /> },
  ];
  if (query.isError && rows.length === 0) {
    return <ProblemBox error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.isPending) return <Loading />;
  if (rows.length === 0 && !query.hasNextPage) {
    return (
      <EmptyState title={t.noEvents} actions={emptyActions}>
        {t.noEventsHint}
      </EmptyState>
    );
  }
  return (
    <DataTable
      label={t.events}
      columns={columns}
      rows={rows}
      keyOf={({ id }) => id}
      onOpen={({ id }) => go(`/events/${encodeURIComponent(id)}`)}
      onEnd={() => {
        if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
      }}
      footer={query.isFetchingNextPage && <p className="p-3 text-center text-muted">{t.loadingMore}</p>}
    />
  );
}
