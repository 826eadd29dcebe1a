import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Bin, BinForwarded, BinRequest } from "../../sdk/wire-bins.ts";
import { ask } from "../api/ask.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { TextField } from "../components/field.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { toneOf } from "./bin-list.tsx";
import { requestPath, useCanManage } from "./bin-queries.ts";
import { LongText } from "./long-text.tsx";
import { PairTable } from "./pair-table.tsx";
import { binTexts } from "./texts.ts";

/** Where the last one went, for the next. */
const storageKey = "trotline.bins.forward";

export function ForwardForm({ bin, request }: { readonly bin: Bin; readonly request: BinRequest }) {
  const t = useTexts(binTexts);
  const canManage = useCanManage();
  const [url, setUrl] = useState(() => sessionStorage.getItem(storageKey) ?? "");
  const forward = useMutation({
    mutationFn: () => ask<BinForwarded>(`POST ${requestPath(bin.id, request.id)}/forward`, { body: { url } }),
    onSuccess: () => sessionStorage.setItem(storageKey, url),
  });
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          forward.mutate();
        }}
      >
        <TextField
          type="url"
          label={t.forwardUrl}
          hint={t.forwardHint}
          placeholder="https://example.com/webhooks"
          required
          disabled={!canManage}
          value={url}
          onChange={(event) => setUrl(event.target.value)}
        />
        <div>
          <Button type="submit" look="primary" busy={forward.isPending} disabled={!canManage}>
            {t.send}
          </Button>
        </div>
      </form>
      {forward.error !== null && <ProblemBox error={forward.error} />}
      {forward.data !== undefined && <Outcome result={forward.data} />}
    </div>
  );
}

function Outcome({ result }: { readonly result: BinForwarded }) {
  const t = useTexts(binTexts);
  const formats = useFormats();
  const { status, error_class: errorClass, error_detail: detail } = result;
  const body = result.body ?? result.body_base64 ?? "";
  return (
    <section className="flex min-w-0 flex-col gap-2" aria-label={t.answer} aria-live="polite">
      <p className="flex flex-wrap items-center gap-2">
        {status === null ? <Badge tone="bad">{t.noAnswer}</Badge> : <Badge tone={toneOf(status)}>{status}</Badge>}
        <span className="text-muted">{t.took(formats.duration(result.duration_ms))}</span>
        <code className="min-w-0 font-mono text-[13px] break-all text-muted">{result.url}</code>
      </p>
      {status === null && <p className="text-bad">{`${detail ?? ""} (${errorClass ?? ""})`}</p>}
      {Object.keys(result.headers).length > 0 && <PairTable label={t.headers} pairs={Object.entries(result.headers)} />}
      {body !== "" && <LongText text={body} label={t.body} />}
    </section>
  );
}
