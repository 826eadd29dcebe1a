import { useQuery } from "@tanstack/react-query";
import type { Cluster, ClusterProcess } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Badge } from "../components/badge.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { settingsTexts } from "./texts.ts";

const lookEveryMs = 5000;
/** A process says that it is there each second or so. */
const silentMsMax = 10_000;

/** Who shares the store, and how far each is. */
export function Processes() {
  const t = useTexts(settingsTexts);
  const formats = useFormats();
  const { data, error, refetch } = useQuery({
    queryKey: ["cluster"],
    queryFn: ({ signal }) => ask<Cluster>("GET /v1/cluster", { signal }),
    refetchInterval: lookEveryMs,
  });
  if (error !== null) return <ProblemBox error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  const columns: readonly Column<ClusterProcess>[] = [
    {
      key: "name",
      title: t.process,
      width: "minmax(0, 2fr)",
      cell: ({ id, name, silent_ms: silentMs }) => (
        <span className="flex items-center gap-2">
          <span className="truncate">{name}</span>
          {id === data.answered_by && <Badge tone="info">{t.answered}</Badge>}
          {silentMs > silentMsMax && <Badge tone="warn">{t.silent(formats.duration(silentMs))}</Badge>}
        </span>
      ),
    },
    { key: "roles", title: t.roles, cell: ({ roles }) => roles.join(", "), isMinor: true },
    { key: "started", title: t.started, cell: ({ started_at: at }) => <Time at={at} />, isMinor: true },
    { key: "shards", title: t.shards, width: "6rem", align: "end", cell: ({ shards }) => formats.number(shards) },
    { key: "lag", title: t.lag, width: "7rem", align: "end", cell: ({ lag_events: lag }) => formats.number(lag) },
  ];
  return (
    <div className="flex flex-col gap-3">
      {data.free.shards > 0 && (
        <p role="alert" className="rounded-md bg-warn-soft px-4 py-3 text-warn">
          {t.freeShards(formats.number(data.free.shards))}
        </p>
      )}
      <DataTable label={t.processes} columns={columns} rows={data.processes} keyOf={({ id }) => id} />
      <p className="text-sm text-muted">{data.lease_ms === null ? t.oneProcess : t.manyProcesses}</p>
    </div>
  );
}
