import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import type { Bin } from "../../sdk/wire-bins.ts";
import { ask } from "../api/ask.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { useTenant } from "../shell/tenant.tsx";
import { urlOf, useCanManage } from "./bin-queries.ts";
import { binTexts } from "./texts.ts";

interface BinPage {
  readonly data: readonly Bin[];
  readonly next_cursor: string | null;
}

export function BinList() {
  const t = useTexts(binTexts);
  const { tenant } = useTenant();
  const canManage = useCanManage();
  const [, go] = useLocation();
  const bins = useInfiniteQuery({
    queryKey: ["bins", tenant],
    queryFn: ({ signal, pageParam }) => ask<BinPage>("GET /v1/bins", { query: { tenant, after: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: 15_000,
  });
  const make = useMakeBin(tenant, (bin) => go(`/bins/${bin.id}`));
  const rows = bins.data?.pages.flatMap(({ data }) => data) ?? [];
  const makeButton = (
    <Button look="primary" busy={make.isPending} disabled={!canManage} onClick={() => make.mutate()}>
      {t.make}
    </Button>
  );
  const columns: readonly Column<Bin>[] = [
    { key: "url", title: t.url, width: "minmax(0, 3fr)", cell: (bin) => <BinName bin={bin} /> },
    {
      key: "description",
      title: t.description,
      width: "minmax(0, 2fr)",
      isMinor: true,
      cell: (bin) => bin.description,
    },
    { key: "answer", title: t.answer, width: "9rem", isMinor: true, cell: (bin) => <AnswerBadges bin={bin} /> },
    { key: "expires", title: t.expires, width: "8rem", cell: (bin) => <Time at={bin.expires_at} /> },
  ];
  return (
    <Page title={t.title} actions={rows.length > 0 && makeButton}>
      <p className="max-w-prose text-muted">{t.about}</p>
      {!canManage && <p className="text-muted">{t.readOnly}</p>}
      {make.error !== null && <ProblemBox error={make.error} />}
      {bins.isPending && <Loading />}
      {bins.error !== null && <ProblemBox error={bins.error} onRetry={() => bins.refetch()} />}
      {bins.data !== undefined && rows.length === 0 && (
        <EmptyState title={t.none} actions={makeButton}>
          {t.noneHint}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <DataTable
          label={t.title}
          columns={columns}
          rows={rows}
          keyOf={({ id }) => id}
          onOpen={({ id }) => go(`/bins/${id}`)}
          onEnd={() => bins.hasNextPage && !bins.isFetchingNextPage && bins.fetchNextPage()}
        />
      )}
    </Page>
  );
}

function useMakeBin(tenant: string, onMade: (bin: Bin) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask<Bin>("POST /v1/bins", { body: { tenant } }),
    onSuccess: async (bin) => {
      await client.invalidateQueries({ queryKey: ["bins"] });
      onMade(bin);
    },
  });
}

const BinName = ({ bin }: { readonly bin: Bin }) => <span className="font-mono text-[13px]">{urlOf(bin)}</span>;

export function AnswerBadges({ bin: { answer } }: { readonly bin: Bin }) {
  const statuses = answer.length === 0 ? [200] : answer.map(({ status }) => status);
  return (
    <span className="inline-flex flex-wrap gap-1">
      {statuses.slice(0, 4).map((status, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same status may come again
        <Badge key={index} tone={toneOf(status)}>
          {status}
        </Badge>
      ))}
      {statuses.length > 4 && "…"}
    </span>
  );
}

export const toneOf = (status: number): "good" | "info" | "warn" | "bad" =>
  status < 300 ? "good" : status < 400 ? "info" : status < 500 ? "warn" : "bad";
