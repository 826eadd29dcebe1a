import { useMemo, useState } from "react";
import type { Bin, BinRequest, BinRequestSummary } from "../../sdk/wire-bins.ts";
import { SelectField } from "../components/field.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { useBinRequest } from "./bin-queries.ts";
import { type DiffLine, diffLines } from "./diff-lines.ts";
import { formatJson } from "./format-json.ts";
import { formatXml } from "./format-xml.ts";
import { LongLines, linesOf } from "./long-text.tsx";
import { binTexts } from "./texts.ts";

interface CompareViewProps {
  readonly bin: Bin;
  readonly request: BinRequest;
  readonly others: readonly BinRequestSummary[];
}

/** What the list of those to compare with shows. */
const choicesMax = 200;

export function CompareView({ bin, request, others }: CompareViewProps) {
  const t = useTexts(binTexts);
  const formats = useFormats();
  const [id, setId] = useState(others[0]?.id ?? "");
  if (others.length === 0) return <p className="text-muted">{t.compareNone}</p>;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <SelectField label={t.compareWith} value={id} onChange={(event) => setId(event.target.value)}>
        {others.slice(0, choicesMax).map((other) => (
          <option key={other.id} value={other.id}>
            {`${other.method} ${other.path.slice(0, 60) || "/"} · ${formats.exact(other.received_at)}`}
          </option>
        ))}
      </SelectField>
      <Differences bin={bin} request={request} otherId={id} />
    </div>
  );
}

interface DifferencesProps {
  readonly bin: Bin;
  readonly request: BinRequest;
  readonly otherId: string;
}

function Differences({ bin, request, otherId }: DifferencesProps) {
  const t = useTexts(binTexts);
  const other = useBinRequest(bin.id, otherId, false);
  const lines = useMemo(
    () => (other.data === undefined ? [] : diffLines(linesOfRequest(request), linesOfRequest(other.data))),
    [request, other.data],
  );
  if (other.isPending) return <Loading />;
  if (other.error !== null) return <ProblemBox error={other.error} onRetry={() => other.refetch()} />;
  if (lines.every(({ side }) => side === "both")) return <p className="text-muted">{t.same}</p>;
  return (
    <>
      <p className="flex gap-3 font-mono text-xs">
        <span className="bg-bad-soft px-1.5 text-bad">{`− ${t.left}`}</span>
        <span className="bg-good-soft px-1.5 text-good">{`+ ${t.right}`}</span>
      </p>
      <LongLines label={t.compare} lines={lines.map(shownLine)} />
    </>
  );
}

const signs = { both: " ", left: "−", right: "+" } as const;
const looks = { both: "", left: "bg-bad-soft text-bad", right: "bg-good-soft text-good" } as const;

const shownLine = ({ side, text }: DiffLine): { text: string; className: string } => ({
  text: `${signs[side]} ${text}`,
  className: looks[side],
});

/** The request line, headers and body, each as it is shown. */
function linesOfRequest({ method, path, headers, kind, body, body_base64: base64 }: BinRequest): string[] {
  const text = body ?? base64 ?? "";
  const shown = kind === "json" ? formatJson(text) : kind === "xml" ? formatXml(text) : text;
  return [`${method} ${path || "/"}`, ...headers.map((pair) => pair.join(": ")), "", ...linesOf(shown)];
}
