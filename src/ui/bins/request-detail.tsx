import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Bin, BinRequest, BinRequestSummary } from "../../sdk/wire-bins.ts";
import { ask } from "../api/ask.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { TextField } from "../components/field.tsx";
import { Loading } from "../components/loading.tsx";
import { Card } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Tabs } from "../components/tabs.tsx";
import { Time } from "../components/time.tsx";
import { useToast } from "../components/toast.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { toneOf } from "./bin-list.tsx";
import { requestPath, useBinRequest, useCanManage } from "./bin-queries.ts";
import { BodyView } from "./body-view.tsx";
import { CompareView } from "./compare-view.tsx";
import { CopyMenu } from "./copy-menu.tsx";
import { ForwardForm } from "./forward-form.tsx";
import { PairTable } from "./pair-table.tsx";
import { binTexts } from "./texts.ts";

type Part = "body" | "headers" | "query" | "compare" | "forward";

interface RequestDetailProps {
  readonly bin: Bin;
  readonly id: string;
  readonly others: readonly BinRequestSummary[];
  readonly onClose: () => void;
  readonly onHidden: () => void;
}

export function RequestDetail({ bin, id, others, onClose, onHidden }: RequestDetailProps) {
  const t = useTexts(binTexts);
  const [isWhole, setIsWhole] = useState(false);
  const request = useBinRequest(bin.id, id, isWhole);
  const heading = useRef<HTMLDivElement>(null);
  const isThere = request.data !== undefined;
  useEffect(() => {
    if (isThere) heading.current?.focus({ preventScroll: true });
  }, [isThere]);
  return (
    <div ref={heading} tabIndex={-1} className="outline-none">
      <div className="mb-2 lg:hidden">
        <Button look="quiet" onClick={onClose}>
          ← {t.closeRequest}
        </Button>
      </div>
      <Card>
        {request.isPending && <Loading />}
        {request.error !== null && <ProblemBox error={request.error} onRetry={() => request.refetch()} />}
        {request.data !== undefined && (
          <div className="flex min-w-0 flex-col gap-4">
            <Head bin={bin} request={request.data} onHidden={onHidden} />
            <Note bin={bin} request={request.data} />
            <Parts
              bin={bin}
              request={request.data}
              others={others.filter((other) => other.id !== id)}
              onWhole={() => setIsWhole(true)}
              isLoadingWhole={request.isPlaceholderData}
            />
          </div>
        )}
      </Card>
    </div>
  );
}

interface AboutRequest {
  readonly bin: Bin;
  readonly request: BinRequest;
}

function Head({ bin, request, onHidden }: AboutRequest & { readonly onHidden: () => void }) {
  const t = useTexts(binTexts);
  const formats = useFormats();
  const canManage = useCanManage();
  const [isHiding, setIsHiding] = useState(false);
  const hide = useMutation({
    mutationFn: () => ask(`DELETE ${requestPath(bin.id, request.id)}`),
    onSuccess: onHidden,
  });
  const { answered } = request;
  return (
    <header className="flex flex-col gap-2">
      <h2 className="min-w-0 font-mono text-sm font-semibold break-all">
        {request.method} {request.target}
      </h2>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
        <Time at={request.received_at} />
        <span>{t.from(request.address)}</span>
        <span>{formats.bytes(request.body_bytes)}</span>
        {answered !== null && <Badge tone={toneOf(answered.status)}>{t.answerNow(String(answered.status))}</Badge>}
        {answered !== null && answered.delay_ms > 0 && <span>{t.took(formats.duration(answered.delay_ms))}</span>}
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <CopyMenu bin={bin} request={request} />
        {request.body_bytes > 0 && (
          <a
            href={`${requestPath(bin.id, request.id)}/raw`}
            download
            className="rounded-md px-3 py-1 text-sm font-medium text-muted hover:bg-sunken hover:text-text"
          >
            {t.download}
          </a>
        )}
        <Button look="quiet" disabled={!canManage} onClick={() => setIsHiding(true)}>
          {t.hide}
        </Button>
      </div>
      <Confirm
        title={t.hideTitle}
        isOpen={isHiding}
        onClose={() => setIsHiding(false)}
        action={t.hide}
        isBusy={hide.isPending}
        onConfirm={() => hide.mutate()}
      >
        <p>{t.hideText}</p>
        {hide.error !== null && <ProblemBox error={hide.error} />}
      </Confirm>
    </header>
  );
}

const noteLengthMax = 1000;

function Note({ bin, request }: AboutRequest) {
  const t = useTexts(binTexts);
  const toast = useToast();
  const client = useQueryClient();
  const canManage = useCanManage();
  const [text, setText] = useState(request.note ?? "");
  const save = useMutation({
    mutationFn: () => ask(`PUT ${requestPath(bin.id, request.id)}/note`, { body: { text } }),
    onSuccess: async () => {
      toast.tell(t.saved);
      await client.invalidateQueries({ queryKey: ["bin-request", bin.id, request.id] });
    },
  });
  return (
    <form
      className="flex items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <div className="min-w-0 flex-1">
        <TextField
          label={t.note}
          isLabelHidden
          placeholder={`${t.note}: ${t.noteHint}`}
          maxLength={noteLengthMax}
          disabled={!canManage}
          value={text}
          error={save.error?.message ?? null}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Button type="submit" busy={save.isPending} disabled={!canManage || text === (request.note ?? "")}>
        {t.save}
      </Button>
    </form>
  );
}

interface PartsProps extends AboutRequest {
  readonly others: readonly BinRequestSummary[];
  readonly onWhole: () => void;
  readonly isLoadingWhole: boolean;
}

function Parts({ bin, request, others, onWhole, isLoadingWhole }: PartsProps) {
  const t = useTexts(binTexts);
  const [part, setPart] = useState<Part>("body");
  const tabs = [
    { key: "body", title: t.body },
    { key: "headers", title: `${t.headers} (${request.headers.length})` },
    { key: "query", title: `${t.query} (${request.query.length})` },
    { key: "compare", title: t.compare },
    { key: "forward", title: t.forward },
  ] as const;
  return (
    <Tabs label={t.tabs} tabs={tabs} chosen={part} onChoose={setPart}>
      {part === "body" && <BodyView request={request} onWhole={onWhole} isLoadingWhole={isLoadingWhole} />}
      {part === "headers" && <PairTable label={t.headers} pairs={request.headers} />}
      {part === "query" &&
        (request.query.length === 0 ? (
          <p className="text-muted">{t.noQuery}</p>
        ) : (
          <PairTable label={t.query} pairs={request.query} />
        ))}
      {part === "compare" && <CompareView bin={bin} request={request} others={others} />}
      {part === "forward" && <ForwardForm bin={bin} request={request} />}
    </Tabs>
  );
}
