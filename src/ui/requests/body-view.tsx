/** The body of a request in the form that tells most, and in others; never read as HTML. */
import { useMemo, useState } from "react";
import { Button } from "../components/button.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { hexLines } from "./hex-lines.ts";
import { type BodyForm, type RequestBody, readBody } from "./request-body.ts";
import { requestTexts } from "./texts.ts";

const hexBytesMax = 16 * 1024;

interface BodyViewProps {
  readonly bytes: Uint8Array;
  readonly headers: readonly (readonly string[])[];
  /** Only its beginning was kept. */
  readonly isTruncated?: boolean;
  /** Of the file that it is downloaded as. */
  readonly fileName: string;
}

export function BodyView({ bytes, headers, isTruncated = false, fileName }: BodyViewProps) {
  const t = useTexts(requestTexts);
  const formats = useFormats();
  const body = useMemo(() => readBody(bytes, headers), [bytes, headers]);
  const [wanted, setWanted] = useState<BodyForm | null>(null);
  const form = wanted !== null && body.forms.includes(wanted) ? wanted : (body.forms[0] ?? "hex");
  if (bytes.length === 0) return <p className="text-muted">{t.noBody}</p>;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <span className="text-xs font-medium text-muted">{t.bodyOf(formats.bytes(bytes.length))}</span>
        <fieldset aria-label={t.showAs} className="flex flex-wrap gap-1">
          {body.forms.map((one) => (
            <Button
              key={one}
              look={one === form ? "plain" : "quiet"}
              aria-pressed={one === form}
              onClick={() => setWanted(one)}
            >
              {t[one]}
            </Button>
          ))}
        </fieldset>
        <div className="ms-auto">
          <Button look="quiet" onClick={() => download(bytes, fileName)}>
            {t.download}
          </Button>
        </div>
      </div>
      {isTruncated && <p className="text-sm text-warn">{t.truncated}</p>}
      <Shown body={body} form={form} />
    </div>
  );
}

function Shown({ body, form }: { readonly body: RequestBody; readonly form: BodyForm }) {
  const t = useTexts(requestTexts);
  const formats = useFormats();
  if (form === "form") {
    return (
      <dl className="grid grid-cols-[minmax(6rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-1 rounded-md border border-line bg-sunken p-3 font-mono text-[13px]">
        {(body.fields ?? []).map(([name, value], index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a name may come twice, and the order never changes
          <div key={index} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 whitespace-pre-wrap">{value}</dd>
          </div>
        ))}
      </dl>
    );
  }
  if (form !== "hex") return <CodeBlock label={t.body} text={(form === "json" ? body.json : body.text) ?? ""} />;
  const isCut = body.bytes.length > hexBytesMax;
  return (
    <div className="flex flex-col gap-1 [&_pre]:whitespace-pre">
      <CodeBlock label={t.body} text={hexLines(body.bytes.subarray(0, hexBytesMax))} />
      {isCut && <p className="text-xs text-muted">{t.hexCut(formats.bytes(hexBytesMax))}</p>}
    </div>
  );
}

/** As bytes of no kind: a browser saves it, whatever it is. */
function download(bytes: Uint8Array, fileName: string): void {
  const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}
