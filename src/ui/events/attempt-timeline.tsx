import { useQuery } from "@tanstack/react-query";
import type { Attempt, Page } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Badge } from "../components/badge.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { eventTexts } from "./detail-texts.ts";
import { visible } from "./visible-text.ts";

const attemptsMax = 50;

interface AttemptTimelineProps {
  readonly tenant: string;
  readonly endpointId: string;
  readonly eventId: string;
  /** When it changes they are asked for again. */
  readonly version: string;
}

/** Every attempt of one delivery, newest first: when, what was answered, and how long it took. */
export function AttemptTimeline({ tenant, endpointId, eventId, version }: AttemptTimelineProps) {
  const t = useTexts(eventTexts);
  const { data, error, refetch } = useQuery({
    queryKey: ["attempts", tenant, "of-event", eventId, endpointId, version],
    queryFn: ({ signal }) =>
      ask<Page<Attempt>>("GET /v1/attempts", {
        query: { tenant, endpoint_id: endpointId, event_id: eventId, limit: attemptsMax },
        signal,
      }),
    placeholderData: (before) => before,
  });
  if (data === undefined)
    return error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => void refetch()} />;
  if (data.data.length === 0) return <p className="text-muted">{t.noAttempts}</p>;
  return (
    <>
      <ol className="ms-1 flex flex-col border-s-2 border-line">
        {data.data.map((attempt) => (
          <li key={attempt.id} className="relative ps-4 pb-4 last:pb-0">
            <span
              aria-hidden="true"
              className={`absolute -start-[5px] top-1.5 size-2 rounded-full ${attempt.delivered ? "bg-good" : "bg-bad"}`}
            />
            <AttemptLine attempt={attempt} />
          </li>
        ))}
      </ol>
      {data.has_more && <p className="pt-3 text-muted">{t.older}</p>}
    </>
  );
}

function AttemptLine({ attempt }: { readonly attempt: Attempt }) {
  const t = useTexts(eventTexts);
  const formats = useFormats();
  const triggers: Readonly<Record<Attempt["trigger"], string>> = {
    first: t.first,
    retry: t.again,
    probe: t.probe,
    manual: t.manual,
    replay: t.replay,
  };
  const { number, trigger, status, delivered, error_class: failure, error_detail: detail } = attempt;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span>
          #{formats.number(number)} <span className="text-muted">{triggers[trigger]}</span>
        </span>
        <Badge tone={delivered ? "good" : "bad"}>
          {status === null ? (delivered ? t.delivered : t.noAnswer) : String(status)}
        </Badge>
        {failure !== null && failure !== "http_status" && <code className="text-xs text-bad">{failure}</code>}
        <span className="text-muted">{formats.duration(attempt.duration_ms)}</span>
        <span className="ms-auto text-muted">
          <Time at={attempt.started_at} />
        </span>
      </div>
      {detail !== null && (
        <p lang="en" className="text-muted">
          {visible(detail)}
        </p>
      )}
      {attempt.response_body !== "" && (
        <details>
          <summary className="w-fit text-muted underline">{t.answer}</summary>
          <div className="pt-1">
            <CodeBlock text={visible(attempt.response_body)} label={t.answer} heightCss="16rem" canCopy={false} />
            {attempt.response_truncated && <p className="text-xs text-muted">{t.answerCut}</p>}
          </div>
        </details>
      )}
    </div>
  );
}
