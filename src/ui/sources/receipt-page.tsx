/** One request that made no event: why, what to do about it, and the request as it came. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Diagnosis, ReceiptWithRequest } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Badge } from "../components/badge.tsx";
import { Loading } from "../components/loading.tsx";
import { Card, Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { RequestView } from "../requests/request-view.tsx";
import { BackToSources } from "./back-to-sources.tsx";
import { receiptTexts } from "./receipt-texts.ts";
import { addressOf, useSource } from "./source-queries.ts";

const pathOf = (id: string): string => `/v1/receipts/${encodeURIComponent(id)}`;

export function ReceiptPage({ name, id }: { readonly name: string; readonly id: string }) {
  const t = useTexts(receiptTexts);
  const { data: source } = useSource(name);
  const query = useQuery({
    queryKey: ["receipt", id],
    queryFn: ({ signal }) => ask<ReceiptWithRequest>(`GET ${pathOf(id)}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const receipt = query.data;
  const origin = source === undefined ? location.origin : new URL(addressOf(source)).origin;
  return (
    <Page title={t[receipt?.outcome ?? "rejected"]} above={<BackToSources name={name} />}>
      {query.isPending && <Loading />}
      {query.isError && <ProblemBox error={query.error} onRetry={() => void query.refetch()} />}
      {receipt !== undefined && (
        <>
          {receipt.outcome === "rejected" && <DiagnosisCard receipt={receipt} />}
          {receipt.event_id !== null && (
            <p>
              {t.ofEvent}{" "}
              <Link
                href={`/events/${encodeURIComponent(receipt.event_id)}`}
                className="font-mono text-[13px] text-accent underline"
              >
                {receipt.event_id}
              </Link>
            </p>
          )}
          <Card title={t.asItCame}>
            <RequestView
              request={receipt.request}
              origin={origin}
              isTruncated={receipt.body_truncated}
              fileName={`${receipt.id}.bin`}
            />
          </Card>
        </>
      )}
    </Page>
  );
}

function DiagnosisCard({ receipt }: { readonly receipt: ReceiptWithRequest }) {
  const t = useTexts(receiptTexts);
  const formats = useFormats();
  const { data, error, refetch } = useQuery({
    queryKey: ["receipt", receipt.id, "diagnosis"],
    queryFn: ({ signal }) => ask<Diagnosis>(`GET ${pathOf(receipt.id)}/diagnosis`, { signal }),
  });
  return (
    <Card title={t.diagnosis} actions={<Badge tone="bad">{receipt.code}</Badge>}>
      <div className="flex flex-col gap-3">
        <p className="text-muted">{receipt.detail}</p>
        {error !== null && <ProblemBox error={error} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <p role="status">{t.diagnosing}</p>}
        {data !== undefined && (
          <>
            {data.causes.length === 0 && <p className="text-base font-semibold">{data.summary}</p>}
            {data.causes.length > 0 && (
              <ol className="flex flex-col gap-3">
                {data.causes.map(({ code, sentence, advice }) => (
                  <li key={code} className="rounded-md border border-line p-3">
                    <Badge tone={data.explained ? "info" : "warn"}>{code}</Badge>
                    <p className="mt-1.5 font-semibold">{sentence}</p>
                    <p lang="en" className="mt-1">
                      {advice}
                    </p>
                  </li>
                ))}
              </ol>
            )}
            <p className="text-xs text-muted">
              {data.trials > 0 && `${t.trials(formats.number(data.trials))}. `}
              {!data.complete && t.notComplete}
            </p>
          </>
        )}
      </div>
    </Card>
  );
}
