import { useTexts } from "../../i18n/language.tsx";
import { advancedTexts } from "./advanced-texts.ts";
import { DraftChoice, DraftField, Section, useForm } from "./form-state.tsx";
import { namedSchedules } from "./retry-choices.ts";

/** When it is tried again, and what counts as delivered. */
export function RetrySection() {
  const t = useTexts(advancedTexts);
  const { draft } = useForm();
  const choices = [
    ["default", t.retryDefault],
    ["quick", t.retryQuick],
    ["patient", t.retryPatient],
    ["none", t.retryNone],
    ["custom", t.retryCustom],
  ] as const;
  const title = choices.find(([value]) => value === draft.retry)?.[1] ?? "";
  const pointers = ["/retry_delays_ms", "/retry_jitter", "/retry_max_age_ms", "/success_statuses", "/disable_after_ms"];
  return (
    <Section title={t.retries} summary={title} pointers={[...pointers, "/timeout_ms"]}>
      {draft.retry === "custom" ? (
        <>
          <DraftChoice name="retry" pointer="/retry" label={t.schedule} options={choices} />
          <DraftField
            name="retryDelays"
            pointer="/retry_delays_ms"
            label={t.delays}
            hint={t.delaysHint}
            placeholder="10s, 1m, 10m, 1h"
            className="font-mono"
          />
        </>
      ) : (
        <DraftChoice
          name="retry"
          pointer="/retry_delays_ms"
          label={t.schedule}
          hint={namedSchedules[draft.retry] || t.retryNever}
          options={choices}
        />
      )}
      <DraftField name="timeout" pointer="/timeout_ms" label={t.timeout} hint={t.timeoutHint} />
      <DraftField
        name="successStatuses"
        pointer="/success_statuses"
        label={t.successStatuses}
        hint={t.successStatusesHint}
        placeholder="2xx"
      />
      <DraftField
        name="jitterPercent"
        pointer="/retry_jitter"
        label={t.jitter}
        hint={t.jitterHint}
        inputMode="decimal"
      />
      <DraftField
        name="maxAge"
        pointer="/retry_max_age_ms"
        label={t.maxAge}
        hint={t.maxAgeHint}
        placeholder={t.anyAge}
      />
      <DraftField
        name="disableAfter"
        pointer="/disable_after_ms"
        label={t.disableAfter}
        hint={t.disableAfterHint}
        placeholder={t.never}
      />
    </Section>
  );
}
