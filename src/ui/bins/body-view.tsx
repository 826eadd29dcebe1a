/** A body as people read it, or as it came. Whatever is in it, it is text here. */
import { useMemo, useState } from "react";
import type { BinRequest } from "../../sdk/wire-bins.ts";
import { Button } from "../components/button.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { bodyBytesShown } from "./bin-queries.ts";
import { formatJson } from "./format-json.ts";
import { formatXml } from "./format-xml.ts";
import { LongText } from "./long-text.tsx";
import { PairTable } from "./pair-table.tsx";
import { binTexts } from "./texts.ts";

interface BodyViewProps {
  readonly request: BinRequest;
  readonly onWhole: () => void;
  readonly isLoadingWhole: boolean;
}

export function BodyView({ request, onWhole, isLoadingWhole }: BodyViewProps) {
  const t = useTexts(binTexts);
  const formats = useFormats();
  const [isRaw, setIsRaw] = useState(false);
  const { kind } = request;
  const raw = request.body ?? request.body_base64 ?? "";
  const canFormat = ["json", "xml", "form", "multipart"].includes(kind) && request.body_base64 === undefined;
  if (kind === "empty") return <p className="text-muted">{t.noBody}</p>;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        {canFormat && (
          <fieldset className="flex" aria-label={t.body}>
            <Button look={isRaw ? "quiet" : "plain"} aria-pressed={!isRaw} onClick={() => setIsRaw(false)}>
              {t.formatted}
            </Button>
            <Button look={isRaw ? "plain" : "quiet"} aria-pressed={isRaw} onClick={() => setIsRaw(true)}>
              {t.raw}
            </Button>
          </fieldset>
        )}
        {request.body_base64 !== undefined && <span className="text-muted">{t.binary}</span>}
        <span className="flex-1" />
        <CopyButton text={raw} />
      </div>
      {canFormat && !isRaw ? <Formatted request={request} /> : <LongText text={raw} label={t.body} />}
      {request.body_truncated && (
        <div className="flex flex-wrap items-center gap-3 text-muted">
          <span>{t.cut(formats.bytes(bodyBytesShown), formats.bytes(request.body_bytes))}</span>
          <Button busy={isLoadingWhole} onClick={onWhole}>
            {t.showWhole}
          </Button>
        </div>
      )}
    </div>
  );
}

function Formatted({ request }: { readonly request: BinRequest }) {
  const t = useTexts(binTexts);
  const { kind, body = "", parsed } = request;
  const text = useMemo(() => {
    if (kind === "json") return formatJson(body);
    return kind === "xml" ? formatXml(body) : body;
  }, [kind, body]);
  if (kind === "form") return <PairTable label={t.fields} pairs={[...new URLSearchParams(`&${body}`)]} />;
  if (kind === "multipart" && isMultipart(parsed)) return <Multipart parsed={parsed} />;
  return <LongText text={text} label={t.body} />;
}

interface MultipartBody {
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  readonly parts: readonly {
    readonly name: string;
    readonly filename: string | null;
    readonly content_type: string;
    readonly bytes: number;
    readonly text?: string;
    readonly base64?: string;
  }[];
}

const isMultipart = (parsed: unknown): parsed is MultipartBody =>
  typeof parsed === "object" && parsed !== null && Array.isArray((parsed as MultipartBody).parts);

function Multipart({ parsed }: { readonly parsed: MultipartBody }) {
  const t = useTexts(binTexts);
  const formats = useFormats();
  const fields = Object.entries(parsed.fields).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((one) => [name, one]),
  );
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {fields.length > 0 && <PairTable label={t.fields} pairs={fields} />}
      {parsed.parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name
        <section key={index} className="flex min-w-0 flex-col gap-1" aria-label={part.filename ?? part.name}>
          <p className="flex flex-wrap gap-x-3">
            <span className="font-mono text-[13px] font-medium">{part.name}</span>
            <span className="font-mono text-[13px] break-all">{part.filename ?? "—"}</span>
            <span className="text-muted">{part.content_type}</span>
            <span className="text-muted">{formats.bytes(part.bytes)}</span>
          </p>
          <LongText text={part.text ?? part.base64 ?? ""} label={part.filename ?? part.name} />
        </section>
      ))}
    </div>
  );
}
