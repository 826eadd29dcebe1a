/** Sources of the tenant, with what came lately. */

import { useLocation } from "wouter";
import type { Source } from "../../sdk/wire.ts";
import { useMayManage } from "../api/may-manage.ts";
import { Badge } from "../components/badge.tsx";
import { LinkButton } from "../components/button.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { SchemeName } from "./scheme-name.tsx";
import { addressOf, pageOf, rowRefetchMs, useLastReceived, useReceipts, useSources } from "./source-queries.ts";
import { sourcesTexts } from "./texts.ts";

const rowHeightPx = 56;

export function SourceList() {
  const t = useTexts(sourcesTexts);
  const mayManage = useMayManage();
  const query = useSources();
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? [];
  const button = (
    <LinkButton to="/sources/new" look="primary">
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
        <SourceTable
          rows={rows}
          onEnd={() => {
            if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
          }}
        />
      )}
    </Page>
  );
}

function SourceTable({ rows, onEnd }: { readonly rows: readonly Source[]; readonly onEnd: () => void }) {
  const t = useTexts(sourcesTexts);
  const [, go] = useLocation();
  const columns: readonly Column<Source>[] = [
    { key: "name", title: t.name, width: "minmax(0, 1.6fr)", cell: (source) => <NameCell source={source} /> },
    { key: "scheme", title: t.scheme, cell: ({ scheme }) => <SchemeName scheme={scheme} />, isMinor: true },
    {
      key: "address",
      title: t.address,
      width: "minmax(0, 1.6fr)",
      isMinor: true,
      cell: (source) => <AddressCell source={source} />,
    },
    { key: "received", title: t.lastReceived, width: "8rem", cell: (source) => <ReceivedCell source={source} /> },
    {
      key: "rejected",
      title: t.rejected,
      width: "minmax(5rem, 0.7fr)",
      align: "end",
      cell: (source) => <RejectedCell source={source} />,
    },
  ];
  return (
    <DataTable
      label={t.title}
      columns={columns}
      rows={rows}
      rowHeightPx={rowHeightPx}
      keyOf={({ id }) => id}
      onOpen={(source) => go(pageOf(source))}
      onEnd={onEnd}
    />
  );
}

function NameCell({ source: { name, description, status } }: { readonly source: Source }) {
  const t = useTexts(sourcesTexts);
  return (
    <div className="min-w-0">
      <div className="flex items-center gap-2">
        <span className="truncate font-medium">{name}</span>
        {status === "paused" && <Badge tone="warn">{t.paused}</Badge>}
      </div>
      {description !== "" && <div className="truncate text-xs text-muted">{description}</div>}
    </div>
  );
}

function AddressCell({ source }: { readonly source: Source }) {
  const address = addressOf(source);
  return (
    // A click here copies, and does not open the row.
    // biome-ignore lint/a11y/noStaticElementInteractions: it stops clicks alone, the button within is reached by keys
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div className="flex items-center gap-1" onClick={(event) => event.stopPropagation()}>
      <span className="truncate font-mono text-[13px]" title={address}>
        {source.url}
      </span>
      <CopyButton text={address} />
    </div>
  );
}

function ReceivedCell({ source }: { readonly source: Source }) {
  const t = useTexts(sourcesTexts);
  const { data, isPending } = useLastReceived(source, rowRefetchMs);
  if (data === undefined) return <span className="text-muted">{isPending ? "…" : t.never}</span>;
  return <Time at={data.accepted_at} />;
}

function RejectedCell({ source }: { readonly source: Source }) {
  const t = useTexts(sourcesTexts);
  const formats = useFormats();
  const { data } = useReceipts(source.name, "rejected", rowRefetchMs);
  const first = data?.pages[0];
  if (first === undefined) return <span className="text-muted">…</span>;
  if (first.data.length === 0) return <span className="text-muted">{formats.number(0)}</span>;
  const count = formats.number(first.data.length);
  return (
    <div>
      <Badge tone="bad">{first.has_more ? t.atLeast(count) : count}</Badge>
      <div className="truncate text-xs text-muted">
        <Time at={first.data[0]?.received_at} />
      </div>
    </div>
  );
}
