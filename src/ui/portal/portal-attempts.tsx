import { useState } from "react";
import { SelectField } from "../components/field.tsx";
import { Page } from "../components/page.tsx";
import type { EndpointScope } from "../endpoints/scope.ts";
import { useTexts } from "../i18n/language.tsx";
import { AttemptList } from "./attempt-list.tsx";
import { portalTexts } from "./texts.ts";

type Outcome = "" | "failed" | "delivered";

/** What was sent to all endpoints of the tenant, and what they answered. */
export function PortalAttempts({ scope }: { readonly scope: EndpointScope }) {
  const t = useTexts(portalTexts);
  const [outcome, setOutcome] = useState<Outcome>("");
  const choice = (
    <SelectField
      label={t.outcome}
      isLabelHidden
      value={outcome}
      onChange={(event) => setOutcome(event.target.value as Outcome)}
    >
      <option value="">{t.everyOutcome}</option>
      <option value="failed">{t.failed}</option>
      <option value="delivered">{t.delivered}</option>
    </SelectField>
  );
  return (
    <Page title={t.attempts} actions={choice}>
      <AttemptList scope={scope} status={outcome} />
    </Page>
  );
}
