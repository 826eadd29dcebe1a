/** What to paste where, and the first request as it comes. */
import { useState } from "react";
import type { CreatedSource, Source } from "../../../sdk/wire.ts";
import { Button, LinkButton } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { Facts } from "../../components/facts.tsx";
import { Card, Page } from "../../components/page.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { BackToSources } from "../back-to-sources.tsx";
import { sourceFormTexts } from "../form-texts.ts";
import { SecretValue } from "../secret-value.tsx";
import { addressOf, isAddressKnown, useReceipts, useReceived, useSchemes } from "../source-queries.ts";
import { TestDialog } from "../test-dialog.tsx";
import { sourcesTexts } from "../texts.ts";

export function MadeSource({ source }: { readonly source: CreatedSource }) {
  const t = useTexts(sourceFormTexts);
  const common = useTexts(sourcesTexts);
  const { data: schemes = [] } = useSchemes();
  const scheme = schemes.find(({ name }) => name === source.scheme.preset);
  const address = addressOf(source);
  const [secret] = source.secrets;
  return (
    <Page title={t.made(source.name)} above={<BackToSources />}>
      <Card title={t.next}>
        <div className="flex flex-col gap-3">
          <Facts
            facts={[
              [
                t.address,
                <span key="address" className="flex flex-wrap items-center gap-x-2">
                  <code className="font-mono text-[13px]">{address}</code>
                  <CopyButton text={address} label={common.copyAddress} />
                  {!isAddressKnown(source) && (
                    <span className="basis-full text-xs text-muted">{common.addressGuessed}</span>
                  )}
                </span>,
              ],
              ...(secret === undefined
                ? []
                : [[t.yourSecret, <SecretValue key="secret" secret={secret.secret} />] as const]),
            ]}
          />
          {scheme?.secret && <p className="text-sm text-muted">{scheme.secret}</p>}
        </div>
      </Card>
      {source.status === "paused" ? (
        <Card>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p>{t.madePaused}</p>
            <LinkButton to={`/sources/${source.name}?tab=secrets`} look="primary">
              {t.addSecret}
            </LinkButton>
          </div>
        </Card>
      ) : (
        <First source={source} />
      )}
    </Page>
  );
}

function First({ source }: { readonly source: Source }) {
  const t = useTexts(sourceFormTexts);
  const common = useTexts(sourcesTexts);
  const [isTesting, setTesting] = useState(false);
  const { data: received } = useReceived(source);
  const { data: rejected } = useReceipts(source.name, "rejected");
  const hasCome = (received?.pages[0]?.data.length ?? 0) > 0;
  const isRefused = (rejected?.pages[0]?.data.length ?? 0) > 0;
  return (
    <Card>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div role="status">
          <p className={`font-medium ${hasCome ? "text-good" : isRefused ? "text-bad" : ""}`}>
            {hasCome ? t.arrived : isRefused ? t.refused : t.waiting}
          </p>
          {!hasCome && !isRefused && <p className="text-sm text-muted">{t.waitingHint}</p>}
        </div>
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setTesting(true)}>{common.test}</Button>
          <LinkButton
            to={`/sources/${source.name}${isRefused && !hasCome ? "?tab=rejected" : ""}`}
            look={hasCome || isRefused ? "primary" : "plain"}
          >
            {isRefused && !hasCome ? t.seeWhy : t.see}
          </LinkButton>
        </div>
      </div>
      <TestDialog source={source} isOpen={isTesting} onClose={() => setTesting(false)} />
    </Card>
  );
}
