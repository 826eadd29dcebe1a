/** A new source: who sends, how it is named and verified, and then what to paste at the provider. */
import { useState } from "react";
import { useSearchParams } from "wouter";
import type { CreatedSource } from "../../../sdk/wire.ts";
import { Loading } from "../../components/loading.tsx";
import { Page } from "../../components/page.tsx";
import { ProblemBox } from "../../components/problem-box.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { BackToSources } from "../back-to-sources.tsx";
import { useSchemes } from "../source-queries.ts";
import { sourcesTexts } from "../texts.ts";
import { MadeSource } from "./made-source.tsx";
import { NewSourceForm } from "./new-source-form.tsx";
import { ProviderPicker } from "./provider-picker.tsx";
import { kindOf } from "./source-kind.ts";

export function NewSourcePage() {
  const t = useTexts(sourcesTexts);
  const [parameters, setParameters] = useSearchParams();
  const [made, setMade] = useState<CreatedSource | null>(null);
  const schemes = useSchemes();
  if (made !== null) return <MadeSource source={made} />;
  const kind = kindOf(parameters.get("from"), schemes.data ?? []);
  return (
    <Page title={t.add} above={<BackToSources />}>
      {schemes.isPending && <Loading />}
      {schemes.isError && <ProblemBox error={schemes.error} onRetry={() => void schemes.refetch()} />}
      {schemes.data !== undefined &&
        (kind === null ? (
          <ProviderPicker schemes={schemes.data} onChoose={(from) => setParameters({ from })} />
        ) : (
          <NewSourceForm
            key={parameters.get("from")}
            kind={kind}
            onMade={setMade}
            onOther={() => setParameters({}, { replace: true })}
          />
        ))}
    </Page>
  );
}
