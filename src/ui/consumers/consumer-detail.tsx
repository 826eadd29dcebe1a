/** One consumer: where it stands, what comes next, and how to read as it. */

import { lazy, Suspense, useState } from "react";
import { useLocation } from "wouter";
import type { Consumer } from "../../sdk/wire.ts";
import { useMayManage } from "../api/may-manage.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Facts } from "../components/facts.tsx";
import { Loading } from "../components/loading.tsx";
import { Card, Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { BackToConsumers } from "./back-to-consumers.tsx";
import { ClientCode } from "./client-code-card.tsx";
import { consumerPath, pageOf, useConsumer, useConsumerAct } from "./consumer-queries.ts";
import { ConsumerState } from "./consumer-state.tsx";
import { useLagHistory } from "./lag-history.ts";
import { NextEvents } from "./next-events.tsx";
import { SeekDialog } from "./seek-dialog.tsx";
import { consumersTexts } from "./texts.ts";

/** Charts are not small; the page is there before them. */
const LagChart = lazy(() => import("./lag-chart.tsx"));

export function ConsumerDetail({ name }: { readonly name: string }) {
  const { data: consumer, dataUpdatedAt, error, refetch } = useConsumer(name);
  const points = useLagHistory(consumer?.lag_events, dataUpdatedAt);
  if (consumer === undefined) {
    return (
      <Page title={name} above={<BackToConsumers />}>
        {error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  return (
    <Shown consumer={consumer}>
      {error !== null && <ProblemBox error={error} onRetry={() => void refetch()} />}
      <Standing consumer={consumer} />
      <div className="grid gap-4 lg:grid-cols-2">
        <Summary consumer={consumer} />
        <Suspense fallback={<Loading />}>
          <LagChart points={points} />
        </Suspense>
      </div>
      <NextEvents consumer={consumer} />
      <ClientCode consumer={consumer} />
    </Shown>
  );
}

/** Its heading, and what can be done. */
function Shown({ consumer, children }: { readonly consumer: Consumer; readonly children: React.ReactNode }) {
  const t = useTexts(consumersTexts);
  const [, go] = useLocation();
  const mayManage = useMayManage();
  const [opened, setOpened] = useState<"seek" | "remove" | null>(null);
  const act = useConsumerAct<null>();
  const close = (): void => setOpened(null);
  const { name } = consumer;
  const actions = (
    <>
      <Button onClick={() => setOpened("seek")}>{t.seek}</Button>
      <LinkButton to={`${pageOf(name)}/edit`}>{t.edit}</LinkButton>
      <Button look="danger" onClick={() => setOpened("remove")}>
        {t.remove}
      </Button>
    </>
  );
  return (
    <Page title={name} above={<BackToConsumers />} actions={mayManage ? actions : undefined}>
      {children}
      <SeekDialog consumer={consumer} isOpen={opened === "seek"} onClose={close} />
      <Confirm
        title={t.removeTitle(name)}
        isOpen={opened === "remove"}
        onClose={close}
        action={t.remove}
        isBusy={act.isPending}
        onConfirm={() =>
          act.mutate(
            { act: `DELETE ${consumerPath(name)}`, done: t.removed, isEnd: true },
            { onSuccess: () => go("/consumers", { replace: true }) },
          )
        }
      >
        <p>{t.removeAbout}</p>
        {act.isError && <ProblemBox error={act.error} />}
      </Confirm>
    </Page>
  );
}

/** What needs somebody, with the button that helps. */
function Standing({ consumer: { name, state } }: { readonly consumer: Consumer }) {
  const t = useTexts(consumersTexts);
  const mayManage = useMayManage();
  const act = useConsumerAct();
  if (state === "ok") return null;
  const isLost = state === "invalidated";
  return (
    <div
      role="alert"
      className={`flex flex-wrap items-center gap-3 rounded-md px-4 py-3 ${isLost ? "bg-bad-soft text-bad" : "bg-warn-soft text-warn"}`}
    >
      <p className="min-w-0 flex-1">{isLost ? t.invalidatedHint : t.atRiskHint}</p>
      {isLost && mayManage && (
        <Button
          busy={act.isPending}
          onClick={() =>
            act.mutate({ act: `POST ${consumerPath(name)}/seek`, body: { to: "earliest" }, done: t.moved })
          }
        >
          {t.seekEarliest}
        </Button>
      )}
    </div>
  );
}

function Summary({ consumer }: { readonly consumer: Consumer }) {
  const t = useTexts(consumersTexts);
  const formats = useFormats();
  const { lag_events: lag, leased_until: until, filter, subject } = consumer;
  const mono = (text: string) => <span className="font-mono text-[13px]">{text}</span>;
  return (
    <Card>
      <Facts
        facts={[
          [t.state, <ConsumerState key="state" state={consumer.state} />],
          [t.behind, lag === 0 ? t.caughtUp : t.events(formats.number(lag))],
          [t.oldest, <Time key="oldest" at={consumer.oldest_unacknowledged_at} />],
          [t.reader, until === null ? t.nobody : t.reading],
          [t.readingUntil, <Time key="until" at={until} />],
          [t.position, mono(consumer.cursor)],
          [t.takes, consumer.types.length === 0 ? t.everything : mono(consumer.types.join(", "))],
          ...(filter === null ? [] : [[t.filter, mono(filter)] as const]),
          ...(subject === null ? [] : [[t.subject, subject] as const]),
          [t.lease, formats.duration(consumer.lease_ms)],
          [t.made, <Time key="made" at={consumer.created_at} />],
        ]}
      />
    </Card>
  );
}
