/** A filter, tried on what was published lately while it is typed. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { FilterTestEvent, FilterTestResult, TrotlineEvent } from "../../../sdk/wire.ts";
import { ask } from "../../api/ask.ts";
import { Badge, type Tone } from "../../components/badge.tsx";
import { TextArea } from "../../components/field.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { useRecentEvents } from "../endpoint-queries.ts";
import { useForm } from "./form-state.tsx";
import { formTexts } from "./texts.ts";
import { useDebounced } from "./use-debounced.ts";

const triedEvents = 20;

const outcomeTones: Readonly<Record<FilterTestEvent["outcome"], Tone>> = {
  taken: "good",
  left_out: "neutral",
  no_value: "warn",
  too_costly: "warn",
};

export function FilterField() {
  const t = useTexts(formTexts);
  const { draft, set, errorOf, scope } = useForm();
  const types = draft.takesAll ? [] : draft.types;
  const tried = useDebounced(draft.filter.trim());
  const { data, error, isFetching } = useQuery({
    queryKey: ["filter", scope.tenant, tried, types],
    queryFn: ({ signal }) =>
      ask<FilterTestResult>("POST /v1/filters/test", {
        body: { filter: tried, types, last: triedEvents, ...(scope.tenant !== "" && { tenant: scope.tenant }) },
        signal,
      }),
    enabled: tried !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });
  const isTyped = draft.filter.trim() !== "";
  return (
    <div className="flex flex-col gap-2">
      <TextArea
        label={t.filter}
        hint={t.filterHint}
        placeholder={'data.amount > 100 && data.currency == "EUR"'}
        rows={2}
        value={draft.filter}
        onChange={(event) => set({ filter: event.target.value })}
        error={errorOf("/filter") ?? (isTyped && error !== null ? error.message : null)}
      />
      {isTyped && error === null && data !== undefined && <Tried result={data} isFetching={isFetching} />}
    </div>
  );
}

function Tried({ result, isFetching }: { readonly result: FilterTestResult; readonly isFetching: boolean }) {
  const t = useTexts(formTexts);
  const formats = useFormats();
  const { scope } = useForm();
  const { data: recent = [] } = useRecentEvents(scope.tenant);
  const byId = new Map(recent.map((event) => [event.id, event]));
  if (result.data.length === 0) return <p className="text-sm text-muted">{t.nothingToTry}</p>;
  return (
    <section aria-label={t.tried} aria-busy={isFetching} className="rounded-md border border-line">
      <p role="status" className="border-b border-line px-3 py-1.5 text-sm">
        {t.takenOf(formats.number(result.taken), formats.number(result.data.length))}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is in reach of the keyboard */}
      <ul className="max-h-56 overflow-y-auto" tabIndex={0} aria-label={t.tried}>
        {result.data.map(({ id, type, outcome }) => (
          <li key={id} className="flex items-center gap-3 border-b border-line px-3 py-1.5 last:border-b-0">
            <span className="w-24 shrink-0">
              <Badge tone={outcomeTones[outcome]}>{t[outcome]}</Badge>
            </span>
            <span className="min-w-0 flex-1 truncate font-mono text-[13px] md:w-40 md:flex-none">{type}</span>
            <span className="hidden min-w-0 flex-1 truncate font-mono text-xs text-muted md:block">
              {gist(byId.get(id)) ?? id}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const gistLengthMax = 200;

/** Enough of an event to know it again. */
export function gist(event: TrotlineEvent | undefined): string | undefined {
  if (event === undefined) return undefined;
  const data = JSON.stringify(event.data)?.slice(0, gistLengthMax);
  return event.subject === undefined ? data : `${event.subject} ${data}`;
}
