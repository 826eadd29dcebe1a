import { TextField } from "../components/field.tsx";
import { PlaceField } from "../endpoints/place-field.tsx";
import { useTexts } from "../i18n/language.tsx";
import { type ConsumerDraft, patternsOf } from "./consumer-draft.ts";
import { FilterTrial } from "./filter-trial.tsx";
import { consumersTexts } from "./texts.ts";

interface ConsumerFieldsProps {
  readonly isNew: boolean;
  readonly draft: ConsumerDraft;
  readonly set: (change: Partial<ConsumerDraft>) => void;
  /** What is wrong with a member, by JSON pointer. */
  readonly wrong: (pointer: string) => string | null;
}

export function ConsumerFields({ isNew, draft, set, wrong }: ConsumerFieldsProps) {
  const t = useTexts(consumersTexts);
  return (
    <>
      <TextField
        label={t.name}
        hint={t.nameHint}
        error={wrong("/name")}
        required
        disabled={!isNew}
        autoComplete="off"
        className="font-mono"
        placeholder="billing"
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextField
        label={t.types}
        hint={t.typesHint}
        error={wrong("/types")}
        autoComplete="off"
        className="font-mono"
        placeholder="order.*, invoice.paid"
        value={draft.types}
        onChange={(event) => set({ types: event.target.value })}
      />
      <FilterTrial
        filter={draft.filter}
        types={patternsOf(draft.types)}
        error={wrong("/filter")}
        onChange={(filter) => set({ filter })}
      />
      <TextField
        label={t.subject}
        hint={t.subjectHint}
        error={wrong("/subject")}
        autoComplete="off"
        value={draft.subject}
        onChange={(event) => set({ subject: event.target.value })}
      />
      <TextField
        label={t.leaseMs}
        hint={t.leaseHint}
        error={wrong("/lease_ms")}
        type="number"
        min={1}
        max={3600}
        step="any"
        required
        value={draft.leaseSeconds}
        onChange={(event) => set({ leaseSeconds: event.target.value })}
      />
      {isNew && (
        <PlaceField label={t.from} value={draft.from} onChange={(from) => set({ from })} error={wrong("/from")} />
      )}
    </>
  );
}
