/** Consumers of the tenant, and how far behind each is. */

import { useLocation } from "wouter";
import type { Consumer } from "../../sdk/wire.ts";
import { useMayManage } from "../api/may-manage.ts";
import { LinkButton } from "../components/button.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { pageOf, useConsumers } from "./consumer-queries.ts";
import { ConsumerState } from "./consumer-state.tsx";
import { consumersTexts } from "./texts.ts";

export function ConsumerList() {
  const t = useTexts(consumersTexts);
  const mayManage = useMayManage();
  const query = useConsumers();
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? [];
  const button = (
    <LinkButton to="/consumers/new" look="primary">
      {t.add}
    </LinkButton>
  );
  return (
    <Page title={t.title} actions={mayManage && rows.length > 0 ? button : undefined}>
      <p className="text-muted">{t.about}</p>
      {query.isError && <ProblemBox error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Loading />}
      {query.data !== undefined && rows.length === 0 && (
        <EmptyState title={t.none} actions={mayManage ? button : undefined}>
          {mayManage ? t.noneHint : t.noneToRead}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <ConsumerTable
          rows={rows}
          onEnd={() => {
            if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
          }}
        />
      )}
    </Page>
  );
}

function ConsumerTable({ rows, onEnd }: { readonly rows: readonly Consumer[]; readonly onEnd: () => void }) {
  const t = useTexts(consumersTexts);
  const formats = useFormats();
  const [, go] = useLocation();
  const columns: readonly Column<Consumer>[] = [
    {
      key: "name",
      title: t.name,
      width: "minmax(0, 1.6fr)",
      cell: ({ name, types }) => (
        <div className="min-w-0">
          <div className="truncate font-medium">{name}</div>
          <div className="truncate font-mono text-xs text-muted">
            {types.length === 0 ? t.everything : types.join(", ")}
          </div>
        </div>
      ),
    },
    { key: "state", title: t.state, width: "7.5rem", cell: ({ state }) => <ConsumerState state={state} /> },
    {
      key: "behind",
      title: t.behind,
      align: "end",
      width: "minmax(5rem, 0.8fr)",
      cell: ({ lag_events: lag }) =>
        lag === 0 ? <span className="text-muted">{t.caughtUp}</span> : formats.number(lag),
    },
    {
      key: "oldest",
      title: t.oldestShort,
      isMinor: true,
      cell: ({ oldest_unacknowledged_at: at }) => <Time at={at} />,
    },
    {
      key: "reader",
      title: t.reader,
      isMinor: true,
      cell: ({ leased_until: until }) => (until === null ? <span className="text-muted">{t.nobody}</span> : t.reading),
    },
    {
      key: "position",
      title: t.position,
      isMinor: true,
      cell: ({ cursor }) => (
        <span className="font-mono text-xs text-muted" title={cursor}>
          {cursor}
        </span>
      ),
    },
  ];
  return (
    <DataTable
      label={t.title}
      columns={columns}
      rows={rows}
      rowHeightPx={56}
      keyOf={({ name }) => name}
      onOpen={({ name }) => go(pageOf(name))}
      onEnd={onEnd}
    />
  );
}
