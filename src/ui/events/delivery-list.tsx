import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Link } from "wouter";
import type { Attempt, Delivery, DeliveryState, EventWithDeliveries } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Badge, type Tone } from "../components/badge.tsx";
import { Button, LinkButton } from "../components/button.tsx";
import { Time } from "../components/time.tsx";
import { useToast } from "../components/toast.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import type { CopiedRequest } from "../requests/copied-request.ts";
import { AttemptTimeline } from "./attempt-timeline.tsx";
import { CopyMenu } from "./copy-menu.tsx";
import { eventTexts } from "./detail-texts.ts";
import type { EventRights } from "./event-rights.ts";

const tones: Readonly<Record<DeliveryState, Tone>> = {
  pending: "neutral",
  held: "neutral",
  sending: "info",
  retrying: "warn",
  blocked: "bad",
  exhausted: "bad",
  delivered: "good",
  skipped: "neutral",
  cancelled: "neutral",
};

interface DeliveryListProps {
  readonly tenant: string;
  readonly event: EventWithDeliveries;
  readonly rights: EventRights;
  readonly endpointPath: (id: string) => string;
}

/** Where an event went: each endpoint with what became of it, and what was answered. */
export function DeliveryList({ tenant, event, rights, endpointPath }: DeliveryListProps) {
  const t = useTexts(eventTexts);
  return (
    <section aria-label={t.whereItWent} className="flex flex-col gap-2">
      <h3 className="font-semibold">{t.whereItWent}</h3>
      {event.deliveries.length === 0 && (
        <div className="flex flex-wrap items-center gap-3 text-muted">
          <p className="min-w-0 flex-1">{t.nowhere}</p>
          {rights.manage && <LinkButton to="/endpoints/new">{t.newEndpoint}</LinkButton>}
        </div>
      )}
      <ul className="flex flex-col gap-2">
        {event.deliveries.map((delivery) => (
          <li key={delivery.endpoint_id} className="rounded-md border border-line">
            <DeliveryRow
              tenant={tenant}
              eventId={event.id}
              delivery={delivery}
              rights={rights}
              path={endpointPath(delivery.endpoint_id)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface DeliveryRowProps {
  readonly tenant: string;
  readonly eventId: string;
  readonly delivery: Delivery;
  readonly rights: EventRights;
  readonly path: string;
}

function DeliveryRow({ tenant, eventId, delivery, rights, path }: DeliveryRowProps) {
  const t = useTexts(eventTexts);
  const formats = useFormats();
  const timelineId = useId();
  const { state, url, endpoint_id: endpointId, attempts, next_attempt_at: nextAt, last_attempt: last } = delivery;
  const [isOpen, setIsOpen] = useState(last !== null && !last.delivered);
  const place = url ?? endpointId;
  const retry = useRetry(endpointId, eventId);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 p-3">
        <Badge tone={tones[state]}>{t[state]}</Badge>
        <Link href={path} title={place} className="line-clamp-2 min-w-40 flex-1 text-accent underline">
          {place}
        </Link>
        <div className="flex flex-wrap items-center gap-1">
          {rights.manage && url !== null && (
            <CopyMenu
              title={t.copySent}
              label={`${t.copySent}: ${place}`}
              request={() => requestSent(endpointId, eventId, t.nothingSent)}
            />
          )}
          <Button
            busy={retry.isPending}
            disabled={!rights.manage}
            title={rights.manage ? undefined : t.mayNotRetry}
            aria-label={t.retryAt(place)}
            onClick={() => retry.mutate()}
          >
            {t.retry}
          </Button>
        </div>
        <div className="flex w-full flex-wrap items-center gap-x-3 text-muted">
          <button
            type="button"
            className="underline"
            aria-expanded={isOpen}
            aria-controls={timelineId}
            onClick={() => setIsOpen(!isOpen)}
          >
            <span className="sr-only">{isOpen ? t.hideAttempts : t.showAttempts}: </span>
            {t.attempts(attempts, formats.number(attempts))} <span aria-hidden="true">{isOpen ? "▴" : "▾"}</span>
          </button>
          {nextAt !== null && (
            <span>
              {t.next} <Time at={nextAt} />
            </span>
          )}
        </div>
      </div>
      <div id={timelineId}>
        {isOpen && (
          <div className="border-t border-line p-3">
            <AttemptTimeline tenant={tenant} endpointId={endpointId} eventId={eventId} version={last?.id ?? ""} />
          </div>
        )}
      </div>
    </>
  );
}

/** Sends one event to one endpoint now, and tells what came of it. */
function useRetry(endpointId: string, eventId: string) {
  const t = useTexts(eventTexts);
  const toast = useToast();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask<Attempt>(
        `POST /v1/endpoints/${encodeURIComponent(endpointId)}/deliveries/${encodeURIComponent(eventId)}/retry`,
        { body: {} },
      ),
    onSuccess: ({ delivered, error_detail: detail, error_class: failure }) =>
      delivered ? toast.tell(t.sent) : toast.tell(t.notSent(detail ?? failure ?? ""), "bad"),
    onError: (error) => toast.tell(error.message, "bad"),
    onSettled: () => {
      for (const name of ["event-text", "attempts", "endpoints"]) void queries.invalidateQueries({ queryKey: [name] });
    },
  });
}

interface DryRun {
  readonly data: readonly {
    readonly request: {
      readonly method: string;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    } | null;
    readonly error_detail: string | null;
  }[];
}

/** The request as the endpoint is sent it now, without what signs it. Rejects with why there is none. */
async function requestSent(endpointId: string, eventId: string, nothing: string): Promise<CopiedRequest> {
  const path = `/v1/endpoints/${encodeURIComponent(endpointId)}/transform/dry-run`;
  const { data } = await ask<DryRun>(`POST ${path}`, { body: { event_id: eventId } });
  const { request = null, error_detail: detail = null } = data[0] ?? {};
  if (request === null) throw new Error(detail ?? nothing);
  const { method, url, headers, body } = request;
  return { method, url, headers: Object.entries(headers), body: new TextEncoder().encode(body) };
}
