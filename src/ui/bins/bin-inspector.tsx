import { useMutation } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Link, useSearchParams } from "wouter";
import type { Bin } from "../../sdk/wire-bins.ts";
import { ask, Problem } from "../api/ask.ts";
import { Badge } from "../components/badge.tsx";
import { Button, LinkButton } from "../components/button.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Loading } from "../components/loading.tsx";
import { Card, Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { AnswerEditor } from "./answer-editor.tsx";
import { AnswerBadges } from "./bin-list.tsx";
import { binPath, curlFor, urlOf, useBin, useCanManage } from "./bin-queries.ts";
import { BinSettings } from "./bin-settings.tsx";
import { RequestDetail } from "./request-detail.tsx";
import { RequestList } from "./request-list.tsx";
import { binTexts } from "./texts.ts";
import { useLiveRequests } from "./use-live-requests.ts";

/** One bin: its URL, what comes to it as it comes, and the request that is looked at. */
export function BinInspector({ id }: { readonly id: string }) {
  const t = useTexts(binTexts);
  const bin = useBin(id);
  const back = (
    <Link href="/bins" className="text-muted hover:underline">
      ← {t.back}
    </Link>
  );
  const isGone = bin.error instanceof Problem && bin.error.status === 404;
  return (
    <Page title={bin.data?.description || t.title} above={back} actions={bin.data && <Actions bin={bin.data} />}>
      {bin.isPending && <Loading />}
      {isGone && (
        <EmptyState title={t.gone} actions={<LinkButton to="/bins">{t.back}</LinkButton>}>
          {t.goneHint}
        </EmptyState>
      )}
      {bin.error !== null && !isGone && <ProblemBox error={bin.error} onRetry={() => bin.refetch()} />}
      {bin.data !== undefined && !isGone && <Inspector bin={bin.data} />}
    </Page>
  );
}

function Actions({ bin }: { readonly bin: Bin }) {
  const t = useTexts(binTexts);
  const canManage = useCanManage();
  const [open, setOpen] = useState<"answer" | "settings" | null>(null);
  const close = (): void => setOpen(null);
  return (
    <>
      <Button disabled={!canManage} onClick={() => setOpen("answer")}>
        {t.answer} <AnswerBadges bin={bin} />
      </Button>
      <Button disabled={!canManage} onClick={() => setOpen("settings")}>
        {t.settings}
      </Button>
      <AnswerEditor bin={bin} isOpen={open === "answer"} onClose={close} />
      <BinSettings bin={bin} isOpen={open === "settings"} onClose={close} />
    </>
  );
}

function Inspector({ bin }: { readonly bin: Bin }) {
  const t = useTexts(binTexts);
  const canManage = useCanManage();
  const [parameters, setParameters] = useSearchParams();
  const [isPaused, setIsPaused] = useState(false);
  const [isClearing, setIsClearing] = useState(false);
  const method = parameters.get("method") ?? "";
  const search = parameters.get("text") ?? "";
  const text = useDeferredValue(search);
  const chosen = parameters.get("request");
  const live = useLiveRequests(bin.id, { method, text }, isPaused);
  const set = (name: string, value: string | null): void =>
    setParameters(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === null || value === "") after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: name !== "request" },
    );
  const clear = useMutation({
    mutationFn: () => ask(`DELETE ${binPath(bin.id)}/requests`),
    onSuccess: () => {
      setIsClearing(false);
      set("request", null);
      live.reload();
    },
  });
  return (
    <>
      {!canManage && <p className="text-muted">{t.readOnly}</p>}
      <UrlBar bin={bin} />
      <div className="grid min-w-0 gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
        <div className={`min-w-0 ${chosen === null ? "" : "hidden lg:block"}`}>
          <RequestList
            live={live}
            url={urlOf(bin)}
            wanted={{ method, text: search }}
            onWanted={set}
            chosen={chosen}
            onChoose={(request) => set("request", request)}
            isPaused={isPaused}
            onPause={() => setIsPaused(!isPaused)}
            onClear={canManage ? () => setIsClearing(true) : null}
          />
        </div>
        <div className={`min-w-0 ${chosen === null ? "hidden lg:block" : ""}`}>
          {chosen === null ? (
            <Card>
              <p className="p-6 text-center text-muted">{t.choose}</p>
            </Card>
          ) : (
            <RequestDetail
              key={chosen}
              bin={bin}
              id={chosen}
              others={live.rows}
              onClose={() => set("request", null)}
              onHidden={() => {
                live.forget(chosen);
                set("request", null);
              }}
            />
          )}
        </div>
      </div>
      <Confirm
        title={t.clearTitle}
        isOpen={isClearing}
        onClose={() => setIsClearing(false)}
        action={t.clear}
        isBusy={clear.isPending}
        onConfirm={() => clear.mutate()}
      >
        <p>{t.clearText}</p>
        {clear.error !== null && <ProblemBox error={clear.error} />}
      </Confirm>
    </>
  );
}

function UrlBar({ bin }: { readonly bin: Bin }) {
  const t = useTexts(binTexts);
  const url = urlOf(bin);
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <code className="min-w-0 flex-1 basis-full font-mono text-[13px] break-all select-all md:basis-0">{url}</code>
        <CopyButton text={url} label={t.copyUrl} />
        <CopyButton text={curlFor(url)} label={t.copyCurl} />
        {bin.cors && <Badge tone="info">CORS</Badge>}
        <span className="text-xs text-muted">
          {t.expires} <Time at={bin.expires_at} />
        </span>
      </div>
    </Card>
  );
}
