/** What a preset is told beside its secret, or a scheme of one's own as JSON: replaced whole. */
import { type FormEvent, useState } from "react";
import type { Source } from "../../sdk/wire.ts";
import { Problem } from "../api/ask.ts";
import { Button } from "../components/button.tsx";
import { TextArea } from "../components/field.tsx";
import { Card } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useTexts } from "../i18n/language.tsx";
import { sourceFormTexts } from "./form-texts.ts";
import { SettingFields } from "./setting-fields.tsx";
import { useSchemes } from "./source-queries.ts";
import { useSourceChange } from "./use-source-change.ts";

export function SchemeForm({ source }: { readonly source: Source }) {
  const t = useTexts(sourceFormTexts);
  const { data: schemes = [] } = useSchemes();
  const changing = useSourceChange(source);
  const { preset, custom } = source.scheme;
  const [given, setGiven] = useState(source.scheme.settings ?? {});
  const [json, setJson] = useState(() => JSON.stringify(custom ?? {}, null, 2));
  const [isNotJson, setNotJson] = useState(false);
  const settings = schemes.find(({ name }) => name === preset)?.settings ?? [];
  if (preset !== undefined && settings.length === 0) return null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    try {
      const written = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
      changing.mutate({ scheme: preset === undefined ? { custom: JSON.parse(json) } : { preset, settings: written } });
      setNotJson(false);
    } catch {
      setNotJson(true);
    }
  };
  const field = changing.error instanceof Problem ? changing.error.field : null;
  const wrong = (pointer: string): string | null => (field === pointer ? (changing.error?.message ?? null) : null);
  const isBeside = changing.isError && !settings.some(({ name }) => field === `/scheme/settings/${name}`);
  return (
    <Card title={t.schemeNow}>
      <form onSubmit={submit} className="flex max-w-3xl flex-col gap-4">
        <p className="text-sm text-muted">{t.schemeAbout}</p>
        {preset === undefined ? (
          <TextArea
            label={t.scheme}
            hint={t.schemeHint}
            error={isNotJson ? t.notJson : null}
            rows={12}
            value={json}
            onChange={(event) => setJson(event.target.value)}
          />
        ) : (
          <SettingFields
            settings={settings}
            given={given}
            onChange={setGiven}
            wrong={(name) => wrong(`/scheme/settings/${name}`)}
          />
        )}
        {isBeside && <ProblemBox error={changing.error} />}
        <div>
          <Button type="submit" look="primary" busy={changing.isPending}>
            {t.save}
          </Button>
        </div>
      </form>
    </Card>
  );
}
