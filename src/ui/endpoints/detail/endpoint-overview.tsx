/** How it is: what is wrong first, each with the button that helps; then the numbers. */
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { Button, LinkButton } from "../../components/button.tsx";
import { Facts } from "../../components/facts.tsx";
import { Card } from "../../components/page.tsx";
import { Time } from "../../components/time.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { type Condition, conditionOf } from "../endpoint-condition.ts";
import { useEndpointRate } from "../endpoint-rates.ts";
import { LatestAttempts } from "./latest-attempts.tsx";
import type { OfEndpoint } from "./of-endpoint.ts";
import { RecoverDialog } from "./recover-dialog.tsx";
import { ResumeDialog } from "./resume-dialog.tsx";
import { detailTexts } from "./texts.ts";

export function EndpointOverview({ scope, endpoint }: OfEndpoint) {
  const t = useTexts(detailTexts);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
      <div className="flex min-w-0 flex-col gap-4">
        <Trouble scope={scope} endpoint={endpoint} />
        <Parked scope={scope} endpoint={endpoint} />
        <Card
          title={t.latest}
          actions={
            <Link href="?tab=attempts" className="text-sm text-accent">
              {t.allAttempts}
            </Link>
          }
        >
          <LatestAttempts scope={scope} endpointId={endpoint.id} />
        </Card>
      </div>
      <Card title={t.now}>
        <Now endpoint={endpoint} />
      </Card>
    </div>
  );
}

const looks: Readonly<Record<"bad" | "warn" | "info", string>> = {
  bad: "border-bad bg-bad-soft",
  warn: "border-warn bg-warn-soft",
  info: "border-line bg-info-soft",
};

interface NoticeProps {
  readonly look: keyof typeof looks;
  readonly title: string;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}

function Notice({ look, title, children, actions }: NoticeProps) {
  return (
    <section
      aria-label={title}
      className={`flex flex-wrap items-center gap-3 rounded-lg border px-4 py-3 ${looks[look]}`}
    >
      <div className="min-w-60 flex-1">
        <h2 className="font-semibold">{title}</h2>
        <p className="text-sm">{children}</p>
      </div>
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </section>
  );
}

const troubleLooks: Readonly<Record<Exclude<Condition, "healthy">, keyof typeof looks>> = {
  disabled: "bad",
  open: "bad",
  failing: "warn",
  waiting: "info",
  paused: "info",
};

function Trouble({ scope, endpoint }: OfEndpoint) {
  const t = useTexts(detailTexts);
  const formats = useFormats();
  const [isResuming, setIsResuming] = useState(false);
  const condition = conditionOf(endpoint);
  if (condition === "healthy") return null;
  const { health, disabled_reason: reason, status } = endpoint;
  const sentences: Readonly<Record<Exclude<Condition, "healthy">, string>> = {
    disabled: reason === "gone" ? t.disabledGone : t.disabledFailing,
    open: t.openHint(formats.number(health.consecutive_failures)),
    failing: t.failingHint(formats.number(health.consecutive_failures)),
    waiting: t.waitingHint,
    paused: t.pausedHint(formats.number(endpoint.lag)),
  };
  const isStopped = status !== "enabled";
  const actions = (
    <>
      {!isStopped && <LinkButton to="?tab=attempts&status=failed">{t.showFailed}</LinkButton>}
      {scope.rights.manage && <LinkButton to="?tab=test">{t.test}</LinkButton>}
      {scope.rights.manage && isStopped && (
        <Button look="primary" onClick={() => setIsResuming(true)}>
          {status === "paused" ? t.resume : t.enable}
        </Button>
      )}
    </>
  );
  return (
    <Notice look={troubleLooks[condition]} title={t.troubles(condition)} actions={actions}>
      {sentences[condition]}{" "}
      {condition === "open" && (
        <>
          {t.nextProbe} <Time at={health.next_probe_at} />.
        </>
      )}
      {condition === "waiting" && <Time at={health.paused_until} />}
      <ResumeDialog endpoint={endpoint} isOpen={isResuming} onClose={() => setIsResuming(false)} />
    </Notice>
  );
}

/** What failed can go again, whatever the endpoint's state. */
function Parked({ scope, endpoint }: OfEndpoint) {
  const t = useTexts(detailTexts);
  const formats = useFormats();
  const [isOpen, setIsOpen] = useState(false);
  const { health, parked } = endpoint;
  if (parked === 0 && health.state === "healthy") return null;
  const button = (
    <Button look="primary" onClick={() => setIsOpen(true)}>
      {t.recover}
    </Button>
  );
  return (
    <Notice
      look="warn"
      title={t.parkedTitle(formats.number(parked))}
      actions={scope.rights.manage ? button : undefined}
    >
      {t.parkedHint}
      <RecoverDialog scope={scope} endpoint={endpoint} isOpen={isOpen} onClose={() => setIsOpen(false)} />
    </Notice>
  );
}

function Now({ endpoint }: Pick<OfEndpoint, "endpoint">) {
  const t = useTexts(detailTexts);
  const formats = useFormats();
  const rate = useEndpointRate(endpoint.id);
  const { health } = endpoint;
  return (
    <Facts
      facts={[
        [t.successRate, formats.percent(rate)],
        [t.lag, t.events(formats.number(endpoint.lag))],
        [t.parked, formats.number(endpoint.parked)],
        [t.inFlight, t.ofWindow(formats.number(endpoint.in_flight), formats.number(health.window))],
        [t.failures, formats.number(health.consecutive_failures)],
        [t.failingSince, <Time key="since" at={health.failing_since} />],
        [
          t.cursor,
          <code key="cursor" className="block truncate text-xs" title={endpoint.cursor}>
            {endpoint.cursor}
          </code>,
        ],
        [t.created, <Time key="created" at={endpoint.created_at} />],
        [t.changed, <Time key="changed" at={endpoint.updated_at} />],
      ]}
    />
  );
}
