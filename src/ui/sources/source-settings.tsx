/** How a source is set, to be changed. */
import { type FormEvent, useState } from "react";
import type { Deduplication, Source, SourceMethod } from "../../sdk/wire.ts";
import { Problem } from "../api/ask.ts";
import { Button } from "../components/button.tsx";
import { Checkbox, SelectField, TextArea, TextField } from "../components/field.tsx";
import { Card } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useTexts } from "../i18n/language.tsx";
import { sourceFormTexts } from "./form-texts.ts";
import { SchemeForm } from "./scheme-form.tsx";
import { changeOf, draftOf, type SettingsDraft } from "./source-draft.ts";
import { useSourceChange } from "./use-source-change.ts";

const methods: readonly SourceMethod[] = ["POST", "GET", "PUT", "PATCH", "DELETE"];
const deduplications: readonly Deduplication[] = ["delivery_id", "body", "none"];

export function SourceSettings({ source }: { readonly source: Source }) {
  return (
    <div className="flex flex-col gap-4">
      <SettingsForm key={source.updated_at} source={source} />
      {!source.scheme.unverified && <SchemeForm source={source} />}
    </div>
  );
}

function SettingsForm({ source }: { readonly source: Source }) {
  const t = useTexts(sourceFormTexts);
  const [draft, setDraft] = useState(() => draftOf(source));
  const changing = useSourceChange(source);
  const set = (change: Partial<SettingsDraft>): void => setDraft((before) => ({ ...before, ...change }));
  const change = changeOf(draft, source);
  const field = changing.error instanceof Problem ? changing.error.field : null;
  const wrong = (pointer: string): string | null =>
    field === pointer || field?.startsWith(`${pointer}/`) ? (changing.error?.message ?? null) : null;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (change !== null) changing.mutate(change);
  };
  const text = (name: "name" | "description" | "bytesMax" | "perSecond" | "burst") => ({
    value: draft[name],
    onChange: (event: { readonly target: { readonly value: string } }) => set({ [name]: event.target.value }),
  });
  return (
    <Card>
      <form onSubmit={submit} className="grid max-w-3xl gap-4 md:grid-cols-2">
        <TextField
          label={t.name}
          hint={draft.name === source.name ? t.nameHint : t.rename}
          error={wrong("/name")}
          required
          className="font-mono"
          {...text("name")}
        />
        <TextField
          label={t.description}
          hint={t.descriptionHint}
          error={wrong("/description")}
          {...text("description")}
        />
        <Methods draft={draft} set={set} />
        <div className="md:col-span-2">
          <TextArea
            label={t.addresses}
            hint={t.addressesHint}
            error={wrong("/allow_addresses")}
            rows={3}
            placeholder={"192.0.2.0/24\n2001:db8::/32"}
            value={draft.addresses}
            onChange={(event) => set({ addresses: event.target.value })}
          />
        </div>
        <TextField label={t.bytes} inputMode="numeric" error={wrong("/body_bytes_max")} {...text("bytesMax")} />
        <Copies draft={draft} set={set} />
        <TextField
          label={t.rate}
          hint={t.rateHint}
          inputMode="decimal"
          error={wrong("/rate_limit")}
          {...text("perSecond")}
        />
        <TextField label={t.burst} inputMode="numeric" disabled={draft.perSecond === ""} {...text("burst")} />
        <Answer draft={draft} set={set} error={wrong("/answer")} />
        {changing.isError && field === null && (
          <div className="md:col-span-2">
            <ProblemBox error={changing.error} />
          </div>
        )}
        <div className="md:col-span-2">
          <Button
            type="submit"
            look="primary"
            busy={changing.isPending}
            disabled={change === null || draft.methods.length === 0}
          >
            {t.save}
          </Button>
        </div>
      </form>
    </Card>
  );
}

interface PartProps {
  readonly draft: SettingsDraft;
  readonly set: (change: Partial<SettingsDraft>) => void;
}

function Methods({ draft, set }: PartProps) {
  const t = useTexts(sourceFormTexts);
  return (
    <fieldset className="flex flex-wrap gap-x-4 gap-y-1 md:col-span-2">
      <legend className="mb-1 text-sm font-medium">{t.methods}</legend>
      {methods.map((method) => (
        <Checkbox
          key={method}
          label={method}
          checked={draft.methods.includes(method)}
          onChange={(event) =>
            set({
              methods: methods.filter((one) => (one === method ? event.target.checked : draft.methods.includes(one))),
            })
          }
        />
      ))}
    </fieldset>
  );
}

/** What makes two requests one event. */
function Copies({ draft, set }: PartProps) {
  const t = useTexts(sourceFormTexts);
  const titles = { delivery_id: t.delivery_id, body: t.body, none: t.nothing } as const;
  return (
    <SelectField
      label={t.deduplication}
      value={draft.deduplication}
      onChange={(event) => set({ deduplication: event.target.value as Deduplication })}
    >
      {deduplications.map((one) => (
        <option key={one} value={one}>
          {titles[one]}
        </option>
      ))}
    </SelectField>
  );
}

interface AnswerProps extends PartProps {
  readonly error: string | null;
}

function Answer({ draft, set, error }: AnswerProps) {
  const t = useTexts(sourceFormTexts);
  return (
    <fieldset className="flex flex-col gap-3 md:col-span-2">
      <Checkbox
        label={t.answer}
        checked={draft.hasAnswer}
        onChange={(event) => set({ hasAnswer: event.target.checked })}
      />
      {draft.hasAnswer && (
        <div className="grid gap-4 md:grid-cols-[6rem_1fr_1fr]">
          <TextField
            label={t.answerStatus}
            inputMode="numeric"
            error={error}
            value={draft.answerStatus}
            onChange={(event) => set({ answerStatus: event.target.value })}
          />
          <TextField
            label={t.answerType}
            value={draft.answerType}
            onChange={(event) => set({ answerType: event.target.value })}
          />
          <TextField
            label={t.answerBody}
            value={draft.answerBody}
            onChange={(event) => set({ answerBody: event.target.value })}
          />
        </div>
      )}
    </fieldset>
  );
}
