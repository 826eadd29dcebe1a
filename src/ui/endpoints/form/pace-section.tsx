import { useTexts } from "../../i18n/language.tsx";
import { advancedTexts } from "./advanced-texts.ts";
import { DraftChoice, DraftField, Section, useForm } from "./form-state.tsx";

/** In which order, and how fast. */
export function PaceSection() {
  const t = useTexts(advancedTexts);
  const { draft } = useForm();
  const orderings = [
    ["none", t.unordered],
    ["key", t.orderedByKey],
    ["strict", t.orderedStrictly],
  ] as const;
  const title = orderings.find(([value]) => value === draft.ordering)?.[1] ?? "";
  return (
    <Section
      title={t.pace}
      summary={draft.rate === "" ? title : `${title} · ${t.perSecond(draft.rate)}`}
      pointers={["/ordering", "/on_exhausted", "/max_in_flight", "/rate_limit"]}
    >
      <DraftChoice name="ordering" pointer="/ordering" label={t.ordering} hint={t.orderingHint} options={orderings} />
      {draft.ordering === "none" ? (
        <span className="hidden md:block" />
      ) : (
        <DraftChoice
          name="onExhausted"
          pointer="/on_exhausted"
          label={t.onExhausted}
          options={[
            ["park", t.othersGoOn],
            ["block", t.othersWait],
          ]}
        />
      )}
      <DraftField
        name="maxInFlight"
        pointer="/max_in_flight"
        label={t.maxInFlight}
        hint={t.maxInFlightHint}
        inputMode="numeric"
      />
      <div className="grid grid-cols-2 gap-2">
        <DraftField
          name="rate"
          pointer="/rate_limit/per_second"
          label={t.rate}
          hint={t.rateHint}
          placeholder={t.unlimited}
          inputMode="decimal"
        />
        <DraftField
          name="burst"
          pointer="/rate_limit/burst"
          label={t.burst}
          disabled={draft.rate === ""}
          inputMode="numeric"
        />
      </div>
    </Section>
  );
}
