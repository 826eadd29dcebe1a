/** A filter, tried on the newest events while it is typed. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { FilterTestEvent, FilterTestResult } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Badge, type Tone } from "../components/badge.tsx";
import { TextArea } from "../components/field.tsx";
import { useDebounced } from "../endpoints/form/use-debounced.ts";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { useTenant } from "../shell/tenant.tsx";
import { consumersTexts } from "./texts.ts";

const triedEvents = 20;
const tones: Readonly<Record<FilterTestEvent["outcome"], Tone>> = {
  taken: "good",
  left_out: "neutral",
  no_value: "warn",
  too_costly: "warn",
};

interface FilterTrialProps {
  readonly filter: string;
  readonly types: readonly string[];
  readonly error: string | null;
  readonly onChange: (filter: string) => void;
}

export function FilterTrial({ filter, types, error, onChange }: FilterTrialProps) {
  const t = useTexts(consumersTexts);
  const { tenant } = useTenant();
  const tried = useDebounced(filter.trim());
  const query = useQuery({
    queryKey: ["filter", tenant, tried, types],
    queryFn: ({ signal }) =>
      ask<FilterTestResult>("POST /v1/filters/test", {
        body: { filter: tried, types, last: triedEvents, tenant },
        signal,
      }),
    enabled: tried !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });
  const isTyped = filter.trim() !== "";
  return (
    <div className="flex flex-col gap-2">
      <TextArea
        label={t.filter}
        hint={t.filterHint}
        rows={2}
        placeholder="data.total > 100"
        error={error ?? (isTyped && query.error !== null ? query.error.message : null)}
        value={filter}
        onChange={(event) => onChange(event.target.value)}
      />
      {isTyped && query.error === null && query.data !== undefined && <Tried result={query.data} />}
    </div>
  );
}

function Tried({ result }: { readonly result: FilterTestResult }) {
  const t = useTexts(consumersTexts);
  const formats = useFormats();
  const words = {
    taken: t.outcomeTaken,
    left_out: t.outcomeLeftOut,
    no_value: t.outcomeNoValue,
    too_costly: t.outcomeTooCostly,
  } as const;
  if (result.data.length === 0) return <p className="text-sm text-muted">{t.triedNone}</p>;
  return (
    <section aria-label={t.tried} className="rounded-md border border-line">
      <p role="status" className="border-b border-line px-3 py-1.5 text-sm">
        {t.taken(formats.number(result.taken), formats.number(result.data.length))}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and is reached by keys so */}
      <ul tabIndex={0} aria-label={t.tried} className="max-h-48 overflow-y-auto">
        {result.data.map(({ id, type, outcome }) => (
          <li key={id} className="flex items-center gap-3 border-b border-line px-3 py-1 last:border-b-0">
            <span className="w-24 shrink-0">
              <Badge tone={tones[outcome]}>{words[outcome]}</Badge>
            </span>
            <span className="min-w-0 flex-1 truncate font-mono text-[13px]">{type}</span>
            <span className="hidden truncate font-mono text-xs text-muted md:block">{id}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
