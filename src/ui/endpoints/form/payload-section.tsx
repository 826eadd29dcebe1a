import { Button } from "../../components/button.tsx";
import { TextField } from "../../components/field.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { advancedTexts } from "./advanced-texts.ts";
import type { HeaderRow } from "./draft.ts";
import { DraftChoice, DraftField, Section, useForm } from "./form-state.tsx";

const formats = [
  ["standard", "Standard Webhooks"],
  ["thin", "thin"],
  ["cloudevents", "CloudEvents"],
  ["cloudevents-binary", "CloudEvents (binary)"],
  ["raw", "raw"],
  ["form", "form"],
  ["xml", "XML"],
  ["slack", "Slack"],
  ["discord", "Discord"],
  ["teams", "Microsoft Teams"],
] as const;

const same = (values: readonly string[]) => values.map((value) => [value, value] as const);

/** What a delivery carries. */
export function PayloadSection() {
  const t = useTexts(advancedTexts);
  const { draft } = useForm();
  const title = formats.find(([value]) => value === draft.format)?.[1] ?? draft.format;
  return (
    <Section
      title={t.payload}
      summary={`${draft.method} · ${title}`}
      pointers={["/format", "/method", "/compression", "/batch", "/headers"]}
    >
      <DraftChoice name="format" pointer="/format" label={t.format} hint={t.formatHint} options={formats} />
      <DraftChoice
        name="method"
        pointer="/method"
        label={t.method}
        hint={t.methodHint}
        options={same(["POST", "PUT", "PATCH", "GET"])}
      />
      <DraftChoice
        name="compression"
        pointer="/compression"
        label={t.compression}
        options={[["none", t.none], ...same(["gzip", "br", "zstd"])]}
      />
      <div className="grid grid-cols-2 gap-2">
        <DraftField
          name="batchEvents"
          pointer="/batch"
          label={t.batchEvents}
          hint={t.batchHint}
          placeholder={t.none}
          inputMode="numeric"
        />
        <DraftField name="batchWait" pointer="/batch/max_wait_ms" label={t.batchWait} disabled={!draft.batchEvents} />
      </div>
      <Headers />
    </Section>
  );
}

function Headers() {
  const t = useTexts(advancedTexts);
  const { draft, set, errorOf } = useForm();
  const change = (index: number, changed: Partial<HeaderRow>): void =>
    set({ headers: draft.headers.map((row, at) => (at === index ? { ...row, ...changed } : row)) });
  return (
    <fieldset className="flex flex-col gap-2 md:col-span-2">
      <legend className="mb-1 text-sm font-medium">{t.headers}</legend>
      {draft.headers.map((row, index) => (
        // Rows have no name of their own while they are typed.
        // biome-ignore lint/suspicious/noArrayIndexKey: the order of rows does not change
        <div key={index} className="flex items-start gap-2">
          <div className="w-2/5 min-w-0">
            <TextField
              label={t.headerName(index + 1)}
              isLabelHidden
              placeholder="X-Tenant"
              className="font-mono"
              value={row.name}
              onChange={(event) => change(index, { name: event.target.value })}
              error={row.name === "" ? null : errorOf(`/headers/${row.name}`)}
            />
          </div>
          <div className="min-w-0 flex-1">
            <TextField
              label={t.headerValue(index + 1)}
              isLabelHidden
              className="font-mono"
              value={row.value}
              onChange={(event) => change(index, { value: event.target.value })}
            />
          </div>
          <Button
            look="quiet"
            aria-label={t.removeHeader(index + 1)}
            onClick={() => set({ headers: draft.headers.filter((_, at) => at !== index) })}
          >
            ×
          </Button>
        </div>
      ))}
      <Button className="w-fit" onClick={() => set({ headers: [...draft.headers, { name: "", value: "" }] })}>
        {t.addHeader}
      </Button>
    </fieldset>
  );
}
