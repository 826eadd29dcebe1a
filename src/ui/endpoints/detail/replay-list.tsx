/** Replays of an endpoint, and how far each is. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Page, Replay } from "../../../sdk/wire.ts";
import { ask } from "../../api/ask.ts";
import { Badge, type Tone } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Card } from "../../components/page.tsx";
import { Time } from "../../components/time.tsx";
import { useToast } from "../../components/toast.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import type { OfEndpoint } from "./of-endpoint.ts";
import { replayTexts } from "./replay-texts.ts";

const shownReplays = 20;
const activeMs = 1000;
const restingMs = 10_000;

const tones: Readonly<Record<Replay["status"], Tone>> = {
  counting: "info",
  counted: "neutral",
  running: "info",
  paused: "warn",
  completed: "good",
  cancelled: "neutral",
  failed: "bad",
};

const isActive = ({ status }: Replay): boolean => status === "counting" || status === "running";

export function ReplayList({ endpoint, scope }: OfEndpoint) {
  const t = useTexts(replayTexts);
  const { data } = useQuery({
    queryKey: ["replays", endpoint.id],
    queryFn: ({ signal }) =>
      ask<Page<Replay>>("GET /v1/replays", { query: { endpoint_id: endpoint.id, limit: shownReplays }, signal }),
    refetchInterval: ({ state }) => (state.data?.data.some(isActive) ? activeMs : restingMs),
    select: ({ data }) => data.filter((replay) => !replay.dry_run),
  });
  if (data === undefined || data.length === 0) return null;
  return (
    <Card title={t.replays}>
      <ul className="-my-2">
        {data.map((replay) => (
          <ReplayRow key={replay.id} replay={replay} canManage={scope.rights.manage} />
        ))}
      </ul>
    </Card>
  );
}

function ReplayRow({ replay, canManage }: { readonly replay: Replay; readonly canManage: boolean }) {
  const t = useTexts(replayTexts);
  const formats = useFormats();
  const { status, sent, matched, failed, reason, only } = replay;
  const done = status === "completed" ? 1 : sent / Math.max(1, matched);
  return (
    <li className="flex flex-col gap-1.5 border-b border-line py-3 last:border-b-0" aria-label={replay.id}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge tone={tones[status]}>{t.statuses(status)}</Badge>
        <span className="tabular-nums">{t.progress(formats.number(sent), formats.number(matched))}</span>
        {failed > 0 && <span className="text-bad">{t.failed(formats.number(failed))}</span>}
        <span className="text-muted">
          {only === "all" ? t.onlyAll : only === "failed" ? t.onlyFailed : t.onlyParked}
        </span>
        <span className="ms-auto text-muted">
          <Time at={replay.created_at} />
        </span>
        {canManage && <ReplayButtons replay={replay} />}
      </div>
      <div
        role="progressbar"
        aria-label={t.progress(formats.number(sent), formats.number(matched))}
        aria-valuenow={Math.round(done * 100)}
        className="h-1.5 overflow-hidden rounded bg-sunken"
      >
        <div className="h-full rounded bg-accent transition-[width]" style={{ width: `${Math.min(1, done) * 100}%` }} />
      </div>
      {reason !== null && <p className="text-sm text-muted">{reason}</p>}
    </li>
  );
}

function ReplayButtons({ replay }: { readonly replay: Replay }) {
  const t = useTexts(replayTexts);
  const queries = useQueryClient();
  const toast = useToast();
  const [busy, setBusy] = useState<string | null>(null);
  const act = (name: "pause" | "resume" | "cancel") => async (): Promise<void> => {
    setBusy(name);
    try {
      await ask(`POST /v1/replays/${replay.id}/${name}`, { body: {} });
    } catch (error) {
      toast.tell((error as Error).message, "bad");
    }
    await queries.invalidateQueries({ queryKey: ["replays", replay.endpoint_id] });
    setBusy(null);
  };
  const { status } = replay;
  if (status !== "running" && status !== "paused" && status !== "counting") return null;
  return (
    <span className="flex gap-1">
      {status === "paused" ? (
        <Button busy={busy === "resume"} onClick={act("resume")}>
          {t.resume}
        </Button>
      ) : (
        <Button busy={busy === "pause"} onClick={act("pause")}>
          {t.pause}
        </Button>
      )}
      <Button look="danger" busy={busy === "cancel"} onClick={act("cancel")}>
        {t.cancel}
      </Button>
    </span>
  );
}
