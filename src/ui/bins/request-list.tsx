import { useState } from "react";
import type { BinRequestSummary } from "../../sdk/wire-bins.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { SelectField, TextField } from "../components/field.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { toneOf } from "./bin-list.tsx";
import { curlFor } from "./bin-queries.ts";
import { binTexts } from "./texts.ts";
import type { LiveRequests, Wanted } from "./use-live-requests.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

const rowHeightPx = 56;

interface RequestListProps {
  readonly live: LiveRequests;
  readonly url: string;
  readonly wanted: Wanted;
  readonly onWanted: (name: "method" | "text", value: string) => void;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  readonly isPaused: boolean;
  readonly onPause: () => void;
  /** Null where the key may not. */
  readonly onClear: (() => void) | null;
}

export function RequestList(props: RequestListProps) {
  const { live, url, wanted, onWanted, chosen, onChoose } = props;
  const t = useTexts(binTexts);
  const columns = useColumns();
  const isFiltered = wanted.method !== "" || wanted.text !== "";
  return (
    <section className="flex min-w-0 flex-col gap-3" aria-label={t.requests}>
      <Toolbar {...props} />
      <Filters wanted={wanted} onWanted={onWanted} />
      {live.error !== null && <ProblemBox error={live.error} onRetry={live.reload} />}
      {!live.isLoaded && live.error === null && live.rows.length === 0 && <Loading />}
      {live.isLoaded && live.rows.length === 0 && (
        <EmptyState title={isFiltered ? t.nothingFound : t.waiting}>
          {isFiltered ? (
            t.nothingFoundHint
          ) : (
            <div className="flex flex-col gap-3 text-start">
              <p>{t.waitingHint}</p>
              <CodeBlock text={curlFor(url)} label="curl" />
            </div>
          )}
        </EmptyState>
      )}
      {live.rows.length > 0 && (
        <DataTable
          label={t.requests}
          columns={columns}
          rows={live.rows}
          keyOf={({ id }) => id}
          onOpen={({ id }) => onChoose(id)}
          openKey={chosen}
          rowHeightPx={rowHeightPx}
          onEnd={live.loadOlder}
        />
      )}
    </section>
  );
}

function Toolbar({ live, isPaused, onPause, onClear }: RequestListProps) {
  const t = useTexts(binTexts);
  const isCutOff = live.isCutOff && !isPaused;
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-2">
      <h2 className="font-semibold">{t.requests}</h2>
      <span role="status">
        <Badge tone={isPaused ? "neutral" : isCutOff ? "warn" : "good"}>
          {isPaused ? t.paused : isCutOff ? t.cutOff : t.live}
        </Badge>
      </span>
      <span className="flex-1" />
      <Button look="quiet" onClick={onPause}>
        {isPaused ? t.resume : t.pause}
      </Button>
      {onClear !== null && (
        <Button look="quiet" disabled={live.rows.length === 0} onClick={onClear}>
          {t.clear}
        </Button>
      )}
    </div>
  );
}

function Filters({ wanted, onWanted }: Pick<RequestListProps, "wanted" | "onWanted">) {
  const t = useTexts(binTexts);
  const [text, setText] = useState(wanted.text);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_9rem] gap-2">
      <TextField
        type="search"
        label={t.search}
        isLabelHidden
        placeholder={t.search}
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          onWanted("text", event.target.value);
        }}
      />
      <SelectField
        label={t.method}
        isLabelHidden
        value={wanted.method}
        onChange={(event) => onWanted("method", event.target.value)}
      >
        <option value="">{t.anyMethod}</option>
        {methods.map((method) => (
          <option key={method}>{method}</option>
        ))}
      </SelectField>
    </div>
  );
}

function useColumns(): readonly Column<BinRequestSummary>[] {
  const t = useTexts(binTexts);
  const formats = useFormats();
  return [
    {
      key: "request",
      title: t.path,
      cell: (request) => <RequestCell request={request} size={formats.bytes(request.body_bytes)} />,
    },
    {
      key: "answered",
      title: t.answered,
      width: "8rem",
      align: "end",
      cell: ({ answered, received_at: receivedAt }) => (
        <span className="flex min-w-0 flex-col items-end">
          {answered === null ? "—" : <Badge tone={toneOf(answered.status)}>{answered.status}</Badge>}
          <span className="text-xs text-muted">
            <Time at={receivedAt} />
          </span>
        </span>
      ),
    },
  ];
}

function RequestCell({ request, size }: { readonly request: BinRequestSummary; readonly size: string }) {
  const { method, path, content_type: contentType, note } = request;
  return (
    <span className="flex min-w-0 flex-col">
      <span className="flex min-w-0 items-center gap-2">
        <Badge tone={method === "GET" || method === "HEAD" ? "neutral" : "info"}>{method}</Badge>
        <span className="truncate font-mono text-[13px]">{path || "/"}</span>
      </span>
      <span className="truncate text-xs text-muted">
        {[size, contentType?.split(";", 1)[0], note].filter(Boolean).join(" · ")}
      </span>
    </span>
  );
}
