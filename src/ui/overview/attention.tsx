/** What needs a person first, each with the button that helps. */
import type { ReactNode } from "react";
import type { Consumer, Endpoint } from "../../sdk/wire.ts";
import { Badge, type Tone } from "../components/badge.tsx";
import { Button, LinkButton } from "../components/button.tsx";
import { Card } from "../components/page.tsx";
import { Time } from "../components/time.tsx";
import { useToast } from "../components/toast.tsx";
import { byUrgency, conditionOf, conditionTones, titleOf } from "../endpoints/endpoint-condition.ts";
import { endpointsTexts } from "../endpoints/texts.ts";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { useHelp } from "./overview-queries.ts";
import { overviewTexts } from "./texts.ts";

const shownMax = 8;
/** Seconds that a consumer may be behind. */
const behindSeconds = 300;

interface AttentionProps {
  readonly endpoints: readonly Endpoint[];
  readonly consumers: readonly Consumer[];
  readonly canManage: boolean;
}

export function Attention({ endpoints, consumers, canManage }: AttentionProps) {
  const t = useTexts(overviewTexts);
  const formats = useFormats();
  const unwell = endpoints
    .filter((endpoint) => ["disabled", "open", "failing"].includes(conditionOf(endpoint)))
    .sort(byUrgency);
  const late = consumers.filter(({ state, lag_seconds: lag }) => state !== "ok" || lag > behindSeconds);
  const left = unwell.length - shownMax;
  return (
    <Card title={t.attention}>
      {unwell.length + late.length === 0 ? (
        <p className="text-muted">{t.allWell}</p>
      ) : (
        <ul className="-my-2 divide-y divide-line">
          {late.map((consumer) => (
            <LateConsumer key={`${consumer.tenant} ${consumer.name}`} consumer={consumer} />
          ))}
          {unwell.slice(0, shownMax).map((endpoint) => (
            <UnwellEndpoint key={endpoint.id} endpoint={endpoint} canManage={canManage} />
          ))}
          {left > 0 && (
            <li className="py-2">
              <LinkButton to="/endpoints">{t.more(formats.number(left))}</LinkButton>
            </li>
          )}
        </ul>
      )}
    </Card>
  );
}

interface ItemProps {
  readonly tone: Tone;
  readonly state: string;
  readonly name: string;
  readonly children: ReactNode;
  readonly actions: ReactNode;
}

const Item = ({ tone, state, name, children, actions }: ItemProps) => (
  <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5">
    <div className="min-w-0 flex-1 basis-64">
      <p className="flex min-w-0 flex-wrap items-center gap-2">
        <Badge tone={tone}>{state}</Badge>
        <span className="min-w-0 truncate font-medium">{name}</span>
      </p>
      <p className="text-sm text-muted">{children}</p>
    </div>
    <div className="flex flex-wrap gap-2">{actions}</div>
  </li>
);

function UnwellEndpoint({ endpoint, canManage }: { readonly endpoint: Endpoint; readonly canManage: boolean }) {
  const t = useTexts(overviewTexts);
  const of = useTexts(endpointsTexts);
  const formats = useFormats();
  const toast = useToast();
  const help = useHelp({
    onError: (error) => toast.tell(error.message, "bad"),
    onDone: ({ act }, answer) => {
      const { matched = 0, delivered = false } = answer as { matched?: number; delivered?: boolean };
      if (act === "resume") toast.tell(t.resumed);
      else if (act === "recover") toast.tell(t.recovering(matched));
      else toast.tell(t.tested(delivered), delivered ? "good" : "bad");
    },
  });
  const { id, status, disabled_reason: reason, health, parked } = endpoint;
  const condition = conditionOf(endpoint);
  const failures = formats.number(health.consecutive_failures);
  const name = titleOf(endpoint);
  const why =
    status === "disabled"
      ? reason === "gone"
        ? t.disabledGone
        : reason === "failing"
          ? t.disabledFailing
          : t.disabled
      : condition === "open"
        ? t.open(failures)
        : t.failing(failures);
  const button = (act: "resume" | "recover" | "test", look: "primary" | "plain") => (
    <Button
      look={look}
      aria-label={t.helpOf(t[act], name)}
      busy={help.isPending && help.variables.act === act}
      onClick={() => help.mutate({ id, act })}
    >
      {t[act]}
    </Button>
  );
  return (
    <Item
      tone={conditionTones[condition]}
      state={of[condition]}
      name={name}
      actions={
        <>
          {canManage && (status === "disabled" ? button("resume", "primary") : button("recover", "plain"))}
          {canManage && button("test", "plain")}
          <LinkButton to={`/endpoints/${encodeURIComponent(id)}`}>{t.see}</LinkButton>
        </>
      }
    >
      {why}{" "}
      {health.failing_since !== null && (
        <>
          · {t.began} <Time at={health.failing_since} />
        </>
      )}
      {parked > 0 && ` · ${t.waiting(formats.number(parked))}`}
    </Item>
  );
}

function LateConsumer({ consumer }: { readonly consumer: Consumer }) {
  const t = useTexts(overviewTexts);
  const formats = useFormats();
  const { name, state, lag_events: lag, oldest_unacknowledged_at: oldest } = consumer;
  const why = state === "invalidated" ? t.invalidated : state === "at_risk" ? t.atRisk : "";
  return (
    <Item
      tone={state === "invalidated" ? "bad" : "warn"}
      state={t.consumer}
      name={name}
      actions={<LinkButton to={`/consumers/${encodeURIComponent(name)}`}>{t.see}</LinkButton>}
    >
      {why} {t.behind(formats.number(lag))}{" "}
      {oldest !== null && (
        <>
          · {t.began} <Time at={oldest} />
        </>
      )}
    </Item>
  );
}
