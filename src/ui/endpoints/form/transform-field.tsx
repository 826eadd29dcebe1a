/** A transform, and what it makes of a recent event: beside each other, while it is typed. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { DryRun, DryRunResult, TrotlineEvent } from "../../../sdk/wire.ts";
import { ask } from "../../api/ask.ts";
import { Button } from "../../components/button.tsx";
import { CodeBlock } from "../../components/code-block.tsx";
import { SelectField, TextArea } from "../../components/field.tsx";
import { JsonBlock } from "../../components/json-block.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { pretty } from "../detail/pretty.ts";
import { endpointPath, useRecentEvents } from "../endpoint-queries.ts";
import { gist } from "./filter-field.tsx";
import { useForm } from "./form-state.tsx";
import { formTexts } from "./texts.ts";
import { takes } from "./type-groups.ts";
import { useDebounced } from "./use-debounced.ts";

const blockHeightCss = "20rem";

export function TransformField() {
  const t = useTexts(formTexts);
  const { draft, set, errorOf } = useForm();
  const [isAsked, setIsAsked] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const isShown = isAsked || draft.transform.trim() !== "";
  return (
    <div className="flex flex-col gap-2">
      <TextArea
        label={t.transform}
        hint={t.transformHint}
        placeholder={'{"order": subject, "total": data.amount}'}
        rows={3}
        value={draft.transform}
        onChange={(event) => set({ transform: event.target.value })}
        error={errorOf("/transform") ?? (isShown ? refusal : null)}
      />
      {isShown ? (
        <Trial onRefused={setRefusal} />
      ) : (
        <Button className="w-fit" onClick={() => setIsAsked(true)}>
          {t.showSent}
        </Button>
      )}
    </div>
  );
}

function Trial({ onRefused }: { readonly onRefused: (refusal: string | null) => void }) {
  const t = useTexts(formTexts);
  const { draft, scope } = useForm();
  const { data: recent } = useRecentEvents(scope.tenant);
  const [chosen, setChosen] = useState<string | null>(null);
  const fitting = (recent ?? []).filter(({ type }) => draft.takesAll || draft.types.some((one) => takes(one, type)));
  const event = fitting.find(({ id }) => id === chosen) ?? fitting[0];
  if (recent === undefined) return null;
  if (event === undefined) return <p className="text-sm text-muted">{t.nothingToTry}</p>;
  return (
    <div className="grid gap-3 md:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-2">
        <SelectField label={t.tryOn} value={event.id} onChange={({ target }) => setChosen(target.value)}>
          {fitting.map((one) => (
            <option key={one.id} value={one.id}>
              {`${one.type} · ${gist(one)?.slice(0, 60)}`}
            </option>
          ))}
        </SelectField>
        <JsonBlock value={event.data} label={t.eventData} heightCss={blockHeightCss} />
      </div>
      <Sent event={event} onRefused={onRefused} />
    </div>
  );
}

interface SentProps {
  readonly event: TrotlineEvent;
  readonly onRefused: (refusal: string | null) => void;
}

function Sent({ event, onRefused }: SentProps) {
  const t = useTexts(formTexts);
  const { draft, scope, endpoint } = useForm();
  const transform = useDebounced(draft.transform.trim());
  const { format, url } = draft;
  const { data, isFetching } = useQuery({
    queryKey: ["dry-run", endpoint?.id ?? scope.tenant, event.id, transform, format],
    queryFn: async ({ signal }) => {
      const body = { transform: transform === "" ? null : transform, format, event_id: event.id };
      const draftBody = { ...body, ...(scope.tenant !== "" && { tenant: scope.tenant }) };
      try {
        const { data } = await (endpoint === null
          ? ask<DryRun>("POST /v1/transforms/dry-run", { body: draftBody, signal })
          : ask<DryRun>(`POST ${endpointPath(endpoint.id)}/transform/dry-run`, { body, signal }));
        onRefused(data[0]?.error_detail ?? null);
        return data[0] ?? null;
      } catch (error) {
        if (!signal.aborted) onRefused((error as Error).message);
        return null;
      }
    },
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 0,
  });
  return (
    <div className="flex min-w-0 flex-col gap-2" aria-busy={isFetching}>
      <p className="text-sm font-medium">{t.sentSo}</p>
      <p className="flex min-h-8 items-center truncate font-mono text-[13px] text-muted">
        {data?.request ? `${data.request.method} ${endpoint === null ? url || "…" : data.request.url}` : ""}
      </p>
      <Result result={data ?? null} />
    </div>
  );
}

function Result({ result }: { readonly result: DryRunResult | null }) {
  const t = useTexts(formTexts);
  if (result?.skipped) return <p className="rounded-md bg-sunken p-3">{t.skipped}</p>;
  const body = result?.request?.body;
  if (body === undefined) return <p className="rounded-md bg-sunken p-3 text-muted">{t.nothingSent}</p>;
  return <CodeBlock text={pretty(body)} label={t.sentSo} heightCss={blockHeightCss} />;
}
