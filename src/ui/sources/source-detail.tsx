/** One source: its address, what came, what was not believed, and how it is set. */

import { useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import type { Source } from "../../sdk/wire.ts";
import { useMayManage } from "../api/may-manage.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Facts } from "../components/facts.tsx";
import { Loading } from "../components/loading.tsx";
import { Card, Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Tabs } from "../components/tabs.tsx";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { BackToSources } from "./back-to-sources.tsx";
import { ReceiptList } from "./receipt-list.tsx";
import { ReceivedList } from "./received-list.tsx";
import { SchemeName } from "./scheme-name.tsx";
import {
  addressOf,
  isAddressKnown,
  sourcePath,
  useLastReceived,
  useReceipts,
  useSource,
  useSourceAct,
} from "./source-queries.ts";
import { SourceSecrets } from "./source-secrets.tsx";
import { SourceSettings } from "./source-settings.tsx";
import { TestDialog } from "./test-dialog.tsx";
import { sourcesTexts } from "./texts.ts";

const parts = ["events", "rejected", "others", "settings", "secrets"] as const;
type Part = (typeof parts)[number];
const managed: readonly Part[] = ["settings", "secrets"];

export function SourceDetail({ name }: { readonly name: string }) {
  const { data: source, error, refetch } = useSource(name);
  if (source !== undefined) return <Shown source={source} />;
  return (
    <Page title={name} above={<BackToSources />}>
      {error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => void refetch()} />}
    </Page>
  );
}

function Shown({ source }: { readonly source: Source }) {
  const t = useTexts(sourcesTexts);
  const mayManage = useMayManage();
  const [parameters, setParameters] = useSearchParams();
  const shown = parts.filter((part) => mayManage || !managed.includes(part));
  const chosen = shown.find((part) => part === parameters.get("tab")) ?? "events";
  const [isTesting, setTesting] = useState(false);
  const test = mayManage ? <Button onClick={() => setTesting(true)}>{t.test}</Button> : undefined;
  return (
    <Page title={source.name} above={<BackToSources />} actions={mayManage && <Actions source={source} test={test} />}>
      <Summary source={source} />
      <Tabs
        label={t.parts}
        tabs={shown.map((part) => ({
          key: part,
          title: part === "rejected" ? <RejectedTitle source={source} /> : t[part],
        }))}
        chosen={chosen}
        onChoose={(part) => setParameters({ tab: part }, { replace: true })}
      >
        {chosen === "events" && <ReceivedList source={source} emptyActions={test} />}
        {chosen === "rejected" && <ReceiptList source={source} outcome="rejected" />}
        {chosen === "others" && <Others source={source} />}
        {chosen === "settings" && <SourceSettings source={source} />}
        {chosen === "secrets" && <SourceSecrets source={source} />}
      </Tabs>
      <TestDialog source={source} isOpen={isTesting} onClose={() => setTesting(false)} />
    </Page>
  );
}

function RejectedTitle({ source }: { readonly source: Source }) {
  const t = useTexts(sourcesTexts);
  const { data } = useReceipts(source.name, "rejected");
  const first = data?.pages[0];
  if (first === undefined || first.data.length === 0) return t.rejected;
  const count = String(first.data.length);
  return (
    <span className="inline-flex items-center gap-1.5">
      {t.rejected} <Badge tone="bad">{first.has_more ? t.atLeast(count) : count}</Badge>
    </span>
  );
}

function Others({ source }: { readonly source: Source }) {
  const t = useTexts(sourcesTexts);
  const [outcome, setOutcome] = useState<"duplicate" | "handshake">("duplicate");
  return (
    <div className="flex flex-col gap-3">
      <fieldset aria-label={t.shown} className="flex flex-wrap items-center gap-1">
        {(["duplicate", "handshake"] as const).map((one) => (
          <Button
            key={one}
            look={one === outcome ? "plain" : "quiet"}
            aria-pressed={one === outcome}
            onClick={() => setOutcome(one)}
          >
            {t[one]}
          </Button>
        ))}
      </fieldset>
      <ReceiptList key={outcome} source={source} outcome={outcome} />
    </div>
  );
}

function Summary({ source }: { readonly source: Source }) {
  const t = useTexts(sourcesTexts);
  const { data: last, isPending } = useLastReceived(source);
  const address = addressOf(source);
  return (
    <Card>
      {source.description !== "" && <p className="mb-3">{source.description}</p>}
      <Facts
        facts={[
          [
            t.address,
            <span key="address" className="flex flex-wrap items-center gap-x-2">
              <span className="font-mono text-[13px]">{address}</span>
              <CopyButton text={address} label={t.copyAddress} />
              {!isAddressKnown(source) && <span className="basis-full text-xs text-muted">{t.addressGuessed}</span>}
            </span>,
          ],
          [t.scheme, <SchemeName key="scheme" scheme={source.scheme} />],
          [
            t.state,
            source.status === "enabled" ? (
              <Badge key="state" tone="good">
                {t.enabled}
              </Badge>
            ) : (
              <span key="state">
                <Badge tone="warn">{t.paused}</Badge> <span className="text-sm text-muted">{t.pausedNow}</span>
              </span>
            ),
          ],
          [
            t.lastReceived,
            last === undefined ? (
              <span key="last">{isPending ? "…" : t.never}</span>
            ) : (
              <Time key="last" at={last.accepted_at} />
            ),
          ],
        ]}
      />
    </Card>
  );
}

function Actions({ source, test }: { readonly source: Source; readonly test: React.ReactNode }) {
  const t = useTexts(sourcesTexts);
  const [, go] = useLocation();
  const [isRemoving, setRemoving] = useState(false);
  const act = useSourceAct();
  const path = sourcePath(source.name);
  const isPaused = source.status === "paused";
  return (
    <>
      {test}
      <Button
        busy={act.isPending}
        onClick={() =>
          act.mutate({
            act: `POST ${path}/${isPaused ? "resume" : "pause"}`,
            body: {},
            done: isPaused ? t.resumedNow : t.pausedNow,
          })
        }
      >
        {isPaused ? t.resume : t.pause}
      </Button>
      <Button look="danger" onClick={() => setRemoving(true)}>
        {t.remove}
      </Button>
      <Confirm
        title={t.removeTitle(source.name)}
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        action={t.remove}
        isBusy={act.isPending}
        onConfirm={() =>
          act.mutate(
            { act: `DELETE ${path}`, done: t.removed, isEnd: true },
            { onSuccess: () => go("/sources", { replace: true }) },
          )
        }
      >
        <p>{t.removeAbout}</p>
      </Confirm>
    </>
  );
}
