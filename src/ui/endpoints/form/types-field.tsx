/** Which types it takes: check-boxes of the catalogue, and patterns. */
import { type KeyboardEvent, useId, useState } from "react";
import type { EventType } from "../../../sdk/wire.ts";
import { Button } from "../../components/button.tsx";
import { Checkbox, TextField } from "../../components/field.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { useEventTypes } from "../endpoint-queries.ts";
import { useForm } from "./form-state.tsx";
import { formTexts } from "./texts.ts";
import { groupsOf, takenBy } from "./type-groups.ts";

/** With fewer there is nothing to search. */
const searchedMin = 15;

export function TypesField() {
  const t = useTexts(formTexts);
  const { draft, set, errorOf } = useForm();
  const { data: eventTypes = [] } = useEventTypes();
  const name = useId();
  const error = errorOf("/types");
  const isChosen = (takesAll: boolean) => ({
    type: "radio",
    name,
    checked: draft.takesAll === takesAll,
    onChange: () => set({ takesAll }),
    className: "accent-accent",
  });
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">{t.types}</legend>
      <div className="flex flex-wrap gap-x-6 gap-y-1">
        <label className="flex items-center gap-2">
          <input {...isChosen(true)} /> {t.everyType}
        </label>
        <label className="flex items-center gap-2">
          <input {...isChosen(false)} /> {t.chosenTypes}
        </label>
      </div>
      {!draft.takesAll && (
        <div className="flex flex-col gap-3 rounded-md border border-line p-3">
          <Catalogue eventTypes={eventTypes} />
          <Patterns eventTypes={eventTypes} />
        </div>
      )}
      {error !== null && (
        <p role="alert" className="text-xs text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function Catalogue({ eventTypes }: { readonly eventTypes: readonly EventType[] }) {
  const t = useTexts(formTexts);
  const [looked, setLooked] = useState("");
  if (eventTypes.length === 0) return <p className="text-sm text-muted">{t.noCatalogue}</p>;
  const fitting = eventTypes.filter(({ name }) => name.includes(looked.trim()));
  return (
    <>
      {eventTypes.length >= searchedMin && (
        <TextField
          type="search"
          label={t.findType}
          isLabelHidden
          placeholder={t.findType}
          value={looked}
          onChange={(event) => setLooked(event.target.value)}
        />
      )}
      <div className="flex max-h-80 flex-col gap-3 overflow-y-auto">
        {groupsOf(fitting).map(({ name, types }) => (
          <fieldset key={name ?? ""}>
            <legend className="mb-1 text-xs font-medium text-muted">{name ?? t.noGroup}</legend>
            <div className="grid gap-x-4 gap-y-1.5 sm:grid-cols-2">
              {types.map((eventType) => (
                <TypeBox key={eventType.name} eventType={eventType} />
              ))}
            </div>
          </fieldset>
        ))}
      </div>
    </>
  );
}

function TypeBox({ eventType: { name, description } }: { readonly eventType: EventType }) {
  const t = useTexts(formTexts);
  const { draft, set } = useForm();
  const pattern = takenBy(draft.types, name);
  const isTaken = draft.types.includes(name);
  return (
    <Checkbox
      label={<span className="font-mono text-[13px]">{name}</span>}
      hint={pattern === undefined ? description || undefined : t.takenBy(pattern)}
      checked={isTaken || pattern !== undefined}
      disabled={!isTaken && pattern !== undefined}
      onChange={() => set({ types: isTaken ? draft.types.filter((one) => one !== name) : [...draft.types, name] })}
    />
  );
}

function Patterns({ eventTypes }: { readonly eventTypes: readonly EventType[] }) {
  const t = useTexts(formTexts);
  const { draft, set } = useForm();
  const [typed, setTyped] = useState("");
  const known = new Set(eventTypes.map(({ name }) => name));
  const patterns = draft.types.filter((pattern) => !known.has(pattern));
  const add = (): void => {
    const added = typed.split(/[,\s]+/).filter((pattern) => pattern !== "" && !draft.types.includes(pattern));
    set({ types: [...draft.types, ...added] });
    setTyped("");
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <TextField
            label={t.pattern}
            hint={t.patternHint}
            placeholder="order.*"
            className="font-mono"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={onKey}
            onBlur={add}
          />
        </div>
      </div>
      {patterns.length > 0 && (
        <ul className="flex flex-wrap gap-1.5">
          {patterns.map((pattern) => (
            <li key={pattern} className="flex items-center rounded bg-sunken ps-2 font-mono text-[13px]">
              {pattern}
              <Button
                look="quiet"
                aria-label={t.removePattern(pattern)}
                onClick={() => set({ types: draft.types.filter((one) => one !== pattern) })}
              >
                ×
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
