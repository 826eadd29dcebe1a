import { useLocation } from "wouter";
import type { Consumer, TrotlineEvent } from "../../sdk/wire.ts";
import { type Column, DataTable } from "../components/data-table.tsx";
import { Loading } from "../components/loading.tsx";
import { Card } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { usePeek } from "./consumer-queries.ts";
import { consumersTexts } from "./texts.ts";

/** What its reader would get: looked at, not fetched. */
export function NextEvents({ consumer }: { readonly consumer: Consumer }) {
  const t = useTexts(consumersTexts);
  const [, go] = useLocation();
  const { data, error, isPending, refetch } = usePeek(consumer);
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
    { key: "at", title: t.accepted, width: "10rem", align: "end", cell: ({ accepted_at: at }) => <Time at={at} /> },
  ];
  return (
    <Card title={t.next}>
      <div className="flex flex-col gap-3">
        <p className="text-sm text-muted">{t.nextHint}</p>
        {error !== null && <ProblemBox error={error} onRetry={() => void refetch()} />}
        {error === null && isPending && <Loading />}
        {error === null && data !== undefined && data.data.length === 0 && <p>{t.nothingNext}</p>}
        {error === null && data !== undefined && data.data.length > 0 && (
          <DataTable
            label={t.next}
            columns={columns}
            rows={data.data}
            heightCss="22rem"
            keyOf={({ id }) => id}
            onOpen={({ id }) => go(`/events/${encodeURIComponent(id)}`)}
            footer={data.has_more && <p className="p-2 text-center text-xs text-muted">{t.more}</p>}
          />
        )}
      </div>
    </Card>
  );
}
