/** One endpoint: how it is, what was sent to it, and all that can be done about it. The tab is in the address. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { ask, Problem } from "../../api/ask.ts";
import { Button, LinkButton } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { Loading } from "../../components/loading.tsx";
import { Menu, MenuItem } from "../../components/menu.tsx";
import { Page } from "../../components/page.tsx";
import { ProblemBox } from "../../components/problem-box.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useToast } from "../../components/toast.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { Back } from "../back.tsx";
import { ConditionBadge } from "../endpoint-badges.tsx";
import { placeOf, titleOf } from "../endpoint-condition.ts";
import { endpointPath, forgetEndpoint, useEndpoint, useEndpointAct } from "../endpoint-queries.ts";
import type { EndpointScope } from "../scope.ts";
import { endpointsTexts } from "../texts.ts";
import { AttemptsTable } from "./attempts-table.tsx";
import { EndpointOverview } from "./endpoint-overview.tsx";
import type { OfEndpoint } from "./of-endpoint.ts";
import { ReplayPanel } from "./replay-panel.tsx";
import { ResumeDialog } from "./resume-dialog.tsx";
import { SecretsPanel } from "./secrets-panel.tsx";
import { SettingsFacts } from "./settings-facts.tsx";
import { TestPanel } from "./test-panel.tsx";
import { detailTexts } from "./texts.ts";

const tabKeys = ["overview", "attempts", "settings", "secrets", "replay", "test"] as const;
type TabKey = (typeof tabKeys)[number];

/** Of whoever may only look. */
const readTabs: readonly TabKey[] = ["overview", "attempts", "settings"];

export function EndpointDetail({ scope, id }: { readonly scope: EndpointScope; readonly id: string }) {
  const lists = useTexts(endpointsTexts);
  const t = useTexts(detailTexts);
  const { data: endpoint, error, refetch } = useEndpoint(id);
  const above = <Back to={scope.base}>{lists.title}</Back>;
  if (error instanceof Problem && error.status === 404) {
    return (
      <Page title={lists.endpoint} above={above}>
        <EmptyState title={t.gone} actions={<LinkButton to={scope.base}>{lists.title}</LinkButton>}>
          {t.goneHint}
        </EmptyState>
      </Page>
    );
  }
  if (endpoint === undefined) {
    return (
      <Page title={lists.endpoint} above={above}>
        {error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  const of = { scope, endpoint };
  return (
    <Page title={titleOf(endpoint)} above={above} actions={scope.rights.manage ? <Actions {...of} /> : undefined}>
      <p className="-mt-1 flex md:-mt-3 flex-wrap items-center gap-x-3 gap-y-1 font-mono text-[13px] text-muted">
        <ConditionBadge endpoint={endpoint} />
        {endpoint.description !== "" && <span>{placeOf(endpoint)}</span>}
        <span>{endpoint.id}</span>
      </p>
      {error !== null && <ProblemBox error={error} onRetry={() => void refetch()} />}
      <DetailTabs {...of} />
    </Page>
  );
}

function DetailTabs({ scope, endpoint }: OfEndpoint) {
  const t = useTexts(detailTexts);
  const [parameters, setParameters] = useSearchParams();
  const offered = tabKeys.filter((key) => scope.rights.manage || readTabs.includes(key));
  const chosen = offered.find((key) => key === parameters.get("tab")) ?? "overview";
  const of = { scope, endpoint };
  return (
    <Tabs
      label={t.tabs}
      tabs={offered.map((key) => ({ key, title: t[key] }))}
      chosen={chosen}
      onChoose={(tab) => setParameters(tab === "overview" ? {} : { tab }, { replace: true })}
    >
      {chosen === "overview" && <EndpointOverview {...of} />}
      {chosen === "attempts" && <AttemptsTable scope={scope} endpointId={endpoint.id} />}
      {chosen === "settings" && <SettingsFacts {...of} />}
      {chosen === "secrets" && <SecretsPanel {...of} />}
      {chosen === "replay" && <ReplayPanel {...of} />}
      {chosen === "test" && <TestPanel {...of} />}
    </Tabs>
  );
}

type Asked = "pause" | "resume" | "delete" | null;

function Actions({ scope, endpoint }: OfEndpoint) {
  const t = useTexts(detailTexts);
  const [asked, setAsked] = useState<Asked>(null);
  const act = useEndpointAct(endpoint.id);
  const close = (): void => setAsked(null);
  return (
    <>
      {endpoint.status === "enabled" ? (
        <Button onClick={() => setAsked("pause")}>{t.pause}</Button>
      ) : (
        <Button look="primary" onClick={() => setAsked("resume")}>
          {endpoint.status === "paused" ? t.resume : t.enable}
        </Button>
      )}
      <LinkButton to={`${scope.base}/${endpoint.id}/edit`}>{t.edit}</LinkButton>
      <Menu title="⋯" label={t.more}>
        <MenuItem onClick={() => setAsked("delete")}>{t.delete}</MenuItem>
      </Menu>
      <Confirm
        title={t.pauseTitle}
        isOpen={asked === "pause"}
        onClose={close}
        action={t.pause}
        isBusy={act.isPending}
        onConfirm={() => act.mutate({ act: "pause", done: t.pausedNow, onDone: close })}
      >
        <p>{t.pauseHint}</p>
      </Confirm>
      <ResumeDialog endpoint={endpoint} isOpen={asked === "resume"} onClose={close} />
      <DeleteDialog scope={scope} endpoint={endpoint} isOpen={asked === "delete"} onClose={close} />
    </>
  );
}

interface DeleteDialogProps extends OfEndpoint {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

function DeleteDialog({ scope, endpoint, isOpen, onClose }: DeleteDialogProps) {
  const t = useTexts(detailTexts);
  const queries = useQueryClient();
  const toast = useToast();
  const [, go] = useLocation();
  const [isBusy, setIsBusy] = useState(false);
  const remove = async (): Promise<void> => {
    setIsBusy(true);
    try {
      await ask(`DELETE ${endpointPath(endpoint.id)}`);
      go(scope.base);
      queries.removeQueries({ queryKey: ["endpoint", endpoint.id] });
      forgetEndpoint(queries, endpoint.id);
      toast.tell(t.deleted);
    } catch (error) {
      toast.tell((error as Error).message, "bad");
      setIsBusy(false);
    }
  };
  return (
    <Confirm
      title={t.deleteTitle}
      isOpen={isOpen}
      onClose={onClose}
      action={t.delete}
      isBusy={isBusy}
      onConfirm={remove}
    >
      <p className="font-mono text-[13px]">{titleOf(endpoint)}</p>
      <p>{t.deleteHint}</p>
    </Confirm>
  );
}
