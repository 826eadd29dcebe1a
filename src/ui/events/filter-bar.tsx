import { useEffect, useId, useRef, useState } from "react";
import { Link } from "wouter";
import { Button } from "../components/button.tsx";
import { SelectField, TextField } from "../components/field.tsx";
import { useEventTypes } from "../endpoints/endpoint-queries.ts";
import { useTexts } from "../i18n/language.tsx";
import { areTypes, type EventFilters, isIdLike, noFilters, type Span, spans } from "./event-filters.ts";
import { eventsTexts } from "./texts.ts";

/** What is typed is asked for when typing stops. */
const typingMs = 350;

interface FilterBarProps {
  readonly filters: EventFilters;
  readonly onChange: (filters: EventFilters) => void;
}

/** Search and filters; what is being typed is here, what is asked for is in `filters`. */
export function FilterBar({ filters, onChange }: FilterBarProps) {
  const t = useTexts(eventsTexts);
  const known = useEventTypes().data ?? [];
  const typesId = useId();
  const [typed, setTyped] = useTyped(filters, onChange);
  const set = (change: Partial<EventFilters>): void => setTyped({ ...typed, ...change });
  const isWrong = !areTypes(typed.types);
  const isFiltered = JSON.stringify(typed) !== JSON.stringify(noFilters);
  const titles: Readonly<Record<Span, string>> = {
    "": t.anyTime,
    hour: t.hour,
    day: t.day,
    week: t.week,
    between: t.between,
  };
  return (
    <search aria-label={t.filters} className="flex flex-col gap-2">
      <div className="grid grid-cols-2 gap-2 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1fr)_11rem_auto]">
        <div className="max-lg:col-span-2">
          <TextField
            label={t.search}
            isLabelHidden
            type="search"
            placeholder={t.searchHint}
            maxLength={256}
            value={typed.text}
            onChange={(event) => set({ text: event.target.value })}
          />
        </div>
        <TextField
          label={t.type}
          isLabelHidden
          placeholder={t.typeHint}
          list={typesId}
          value={typed.types}
          error={isWrong ? t.typeWrong : null}
          onChange={(event) => set({ types: event.target.value })}
        />
        <datalist id={typesId}>
          {known.map(({ name, description }) => (
            <option key={name} value={name}>
              {description}
            </option>
          ))}
        </datalist>
        <TextField
          label={t.subject}
          isLabelHidden
          placeholder={t.subject}
          maxLength={256}
          value={typed.subject}
          onChange={(event) => set({ subject: event.target.value })}
        />
        <SelectField
          label={t.time}
          isLabelHidden
          value={typed.span}
          onChange={(event) => set({ span: event.target.value as Span })}
        >
          {spans.map((span) => (
            <option key={span} value={span}>
              {titles[span]}
            </option>
          ))}
        </SelectField>
        <Button look="quiet" disabled={!isFiltered} onClick={() => setTyped(noFilters)}>
          {t.clear}
        </Button>
      </div>
      {typed.span === "between" && (
        <div className="grid max-w-xl gap-2 sm:grid-cols-2">
          {(["since", "until"] as const).map((end) => (
            <TextField
              key={end}
              label={t[end]}
              type="datetime-local"
              step={1}
              value={typed[end]}
              onChange={(event) => set({ [end]: event.target.value })}
            />
          ))}
        </div>
      )}
      {isIdLike(typed.text) && (
        <Link href={`/events/${encodeURIComponent(typed.text.trim())}`} className="w-fit text-accent underline">
          {t.openId(typed.text.trim())}
        </Link>
      )}
    </search>
  );
}

/** The fields; they follow the address where that is changed elsewhere, and it follows them when typing stops. */
function useTyped(filters: EventFilters, onChange: FilterBarProps["onChange"]) {
  const [typed, setTyped] = useState(filters);
  const asked = JSON.stringify(filters);
  const told = useRef(asked);
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    if (asked === told.current) return;
    told.current = asked;
    setTyped(JSON.parse(asked) as EventFilters);
  }, [asked]);
  useEffect(() => {
    const wanted = JSON.stringify(typed);
    if (wanted === told.current || !areTypes(typed.types)) return;
    const timer = setTimeout(() => {
      told.current = wanted;
      latest.current(typed);
    }, typingMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return [typed, setTyped] as const;
}
