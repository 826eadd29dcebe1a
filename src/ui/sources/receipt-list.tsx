/** What a source did not store: rejected requests, copies, handshakes. */
import { useLocation } from "wouter";
import type { Receipt, ReceiptOutcome, Source } from "../../sdk/wire.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { useReceipts } from "./source-queries.ts";
import { sourcesTexts } from "./texts.ts";

interface ReceiptListProps {
  readonly source: Source;
  readonly outcome: ReceiptOutcome;
}

export function ReceiptList({ source, outcome }: ReceiptListProps) {
  const t = useTexts(sourcesTexts);
  const [, go] = useLocation();
  const query = useReceipts(source.name, outcome);
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? [];
  if (query.isError && rows.length === 0) {
    return <ProblemBox error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.isPending) return <Loading />;
  if (rows.length === 0) {
    const hints = { rejected: t.noRejectedHint, duplicate: t.copiesHint, handshake: t.handshakesHint } as const;
    return <EmptyState title={outcome === "rejected" ? t.noRejected : t.noOthers}>{hints[outcome]}</EmptyState>;
  }
  const told: Readonly<Record<ReceiptOutcome, Column<Receipt>>> = {
    rejected: {
      key: "why",
      title: t.why,
      width: "minmax(0, 3fr)",
      cell: ({ code, detail }) => (
        <div className="min-w-0">
          <Badge tone="bad">{code}</Badge>
          <div lang="en" className="truncate text-xs text-muted">
            {detail}
          </div>
        </div>
      ),
    },
    duplicate: {
      key: "event",
      title: t.ofEvent,
      width: "minmax(0, 3fr)",
      cell: ({ event_id: id }) => <span className="font-mono text-[13px]">{id}</span>,
    },
    handshake: {
      key: "target",
      title: t.handshake,
      width: "minmax(0, 3fr)",
      cell: ({ method, target }) => <span className="font-mono text-[13px]">{`${method} ${target}`}</span>,
    },
  };
  const columns: readonly Column<Receipt>[] = [
    told[outcome],
    {
      key: "from",
      title: t.from,
      isMinor: true,
      cell: ({ address }) => <span className="font-mono text-[13px]">{address}</span>,
    },
    { key: "at", title: t.received, width: "10rem", align: "end", cell: ({ received_at: at }) => <Time at={at} /> },
  ];
  return (
    <DataTable
      label={outcome === "rejected" ? t.rejected : t[outcome]}
      columns={columns}
      rows={rows}
      rowHeightPx={56}
      keyOf={({ id }) => id}
      onOpen={({ id }) => go(`/sources/${source.name}/receipts/${id}`)}
      onEnd={() => {
        if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
      }}
      footer={query.isFetchingNextPage && <p className="p-3 text-center text-muted">{t.loadingMore}</p>}
    />
  );
}
