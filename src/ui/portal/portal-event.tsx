import { Link } from "wouter";
import type { Delivery, DeliveryState } from "../../sdk/wire.ts";
import { Badge, type Tone } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { Facts } from "../components/facts.tsx";
import { Loading } from "../components/loading.tsx";
import { Card, Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import type { EndpointScope } from "../endpoints/scope.ts";
import { useEvent } from "../events/event-query.ts";
import { indented } from "../events/raw-json.ts";
import { visible } from "../events/visible-text.ts";
import { useTexts } from "../i18n/language.tsx";
import { AttemptList } from "./attempt-list.tsx";
import { useSendAgain } from "./send-again.ts";
import { portalTexts } from "./texts.ts";

const tones: Readonly<Partial<Record<DeliveryState, Tone>>> = {
  delivered: "good",
  exhausted: "bad",
  blocked: "bad",
  retrying: "warn",
};

interface PortalEventProps {
  readonly scope: EndpointScope;
  readonly id: string;
}

/** One event: what it says, where it went, and what was answered. */
export function PortalEvent({ scope, id }: PortalEventProps) {
  const t = useTexts(portalTexts);
  const { tenant } = scope;
  const { data: loaded, error, refetch } = useEvent(tenant, id);
  const back = (
    <Link href="/portal/events" className="w-fit text-sm text-muted hover:text-text">
      <span aria-hidden="true">← </span>
      {t.events}
    </Link>
  );
  if (loaded === undefined) {
    return (
      <Page title={t.event} above={back}>
        {error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => void refetch()} />}
      </Page>
    );
  }
  const { event: data } = loaded;
  return (
    <Page title={data.type} above={back}>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Card title={t.event}>
          <div className="flex flex-col gap-4">
            <Facts
              facts={[
                [t.id, <code key="id">{data.id}</code>],
                [t.subject, data.subject ?? "—"],
                [t.when, <Time key="when" at={data.occurred_at} />],
              ]}
            />
            <CodeBlock text={visible(indented(loaded.data))} label={t.data} />
          </div>
        </Card>
        <Card title={t.whereItWent}>
          {data.deliveries.length === 0 ? (
            <p className="text-muted">{t.wentNowhere}</p>
          ) : (
            <ul className="flex flex-col gap-3">
              {data.deliveries.map((delivery) => (
                <li key={delivery.endpoint_id}>
                  <DeliveryLine scope={scope} delivery={delivery} eventId={data.id} />
                </li>
              ))}
            </ul>
          )}
        </Card>
      </div>
      <h2 className="font-semibold">{t.attempts}</h2>
      <AttemptList scope={scope} status="" eventId={data.id} />
    </Page>
  );
}

interface DeliveryLineProps {
  readonly scope: EndpointScope;
  readonly delivery: Delivery;
  readonly eventId: string;
}

function DeliveryLine({ scope, delivery, eventId }: DeliveryLineProps) {
  const t = useTexts(portalTexts);
  const sending = useSendAgain();
  const { endpoint_id: endpointId, state, url, next_attempt_at: nextAt } = delivery;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Badge tone={tones[state] ?? "neutral"}>{t[state]}</Badge>
      <Link href={`${scope.base}/${endpointId}`} className="min-w-0 flex-1 truncate text-accent underline">
        {url ?? endpointId}
      </Link>
      {nextAt !== null && (
        <span className="text-sm text-muted">
          {t.next} <Time at={nextAt} />
        </span>
      )}
      <Button busy={sending.isPending} onClick={() => sending.mutate({ endpointId, eventId })}>
        {t.sendAgain}
      </Button>
    </div>
  );
}
