import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import type { EventWithDeliveries } from "../../sdk/wire.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { Facts } from "../components/facts.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { DeliveryList } from "./delivery-list.tsx";
import { eventTexts } from "./detail-texts.ts";
import { EventPayload } from "./event-payload.tsx";
import { useEvent } from "./event-query.ts";
import type { EventRights } from "./event-rights.ts";
import { PublishDialog } from "./publish-dialog.tsx";
import { useVerifiedBy } from "./received-request.ts";
import { visible } from "./visible-text.ts";

interface EventDetailProps {
  readonly tenant: string;
  readonly id: string;
  readonly rights: EventRights;
  readonly endpointPath?: (id: string) => string;
  readonly onClose: () => void;
  /** It was published again, as the event of this id. */
  readonly onPublished: (id: string) => void;
}

const pathOfEndpoint = (id: string): string => `/endpoints/${encodeURIComponent(id)}`;

/** One event: what it says, where it went, and what can be done with it. */
export function EventDetail(props: EventDetailProps) {
  const { tenant, id, rights, endpointPath = pathOfEndpoint, onClose, onPublished } = props;
  const t = useTexts(eventTexts);
  const [isPublishing, setIsPublishing] = useState(false);
  const { data: loaded, error, refetch } = useEvent(tenant, id);
  const event = loaded?.event;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <section aria-label={t.event} className="min-w-0 rounded-lg border border-line bg-surface">
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
        <h2 ref={heading} tabIndex={-1} className="min-w-0 flex-1 basis-40 font-mono font-semibold outline-none">
          {event?.type ?? id}
        </h2>
        {loaded !== undefined && (
          <Button
            disabled={!rights.publish}
            title={rights.publish ? undefined : t.mayNotPublish}
            onClick={() => setIsPublishing(true)}
          >
            {t.republish}
          </Button>
        )}
        <Button look="quiet" aria-label={t.close} onClick={onClose}>
          ×
        </Button>
      </header>
      {loaded === undefined ? (
        <div className="p-4">
          {error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => void refetch()} />}
        </div>
      ) : (
        <div className="flex flex-col gap-5 p-4">
          <EventFacts tenant={tenant} event={loaded.event} />
          <DeliveryList tenant={tenant} event={loaded.event} rights={rights} endpointPath={endpointPath} />
          <EventPayload tenant={tenant} loaded={loaded} />
          <PublishDialog
            isOpen={isPublishing}
            tenant={tenant}
            again={loaded}
            onClose={() => setIsPublishing(false)}
            onPublished={(published) => {
              setIsPublishing(false);
              onPublished(published);
            }}
          />
        </div>
      )}
    </section>
  );
}

function EventFacts({ tenant, event }: { readonly tenant: string; readonly event: EventWithDeliveries }) {
  const t = useTexts(eventTexts);
  const formats = useFormats();
  const verifiedBy = useVerifiedBy(tenant, event.source ?? null);
  const { id, subject, version, source, duplicates, delivery_id: deliveryId } = event;
  const given = (name: string, value: string | null | undefined) =>
    value === undefined || value === null ? [] : [[name, <bdi key={name}>{visible(value)}</bdi>] as const];
  return (
    <Facts
      facts={[
        [
          t.id,
          <span key="id" className="-my-1.5 flex flex-wrap items-center gap-1">
            <code>{id}</code>
            <CopyButton text={id} />
          </span>,
        ],
        ...given(t.subject, subject),
        [t.occurred, <Time key="occurred" at={event.occurred_at} />],
        [t.accepted, <Time key="accepted" at={event.accepted_at} />],
        ...given(t.version, version),
        ...(source === undefined
          ? []
          : [
              [
                t.source,
                <Link key="source" href={`/sources/${encodeURIComponent(source)}`} className="text-accent underline">
                  {source}
                </Link>,
              ] as const,
            ]),
        ...(verifiedBy === null ? [] : [[t.verifiedBy, <Verified key="verified" by={verifiedBy} />] as const]),
        ...given(t.deliveryId, deliveryId),
        ...(duplicates === undefined || duplicates.count === 0
          ? []
          : [[t.duplicates, t.copies(formats.number(duplicates.count))] as const]),
      ]}
    />
  );
}

function Verified({ by }: { readonly by: string | false }) {
  const t = useTexts(eventTexts);
  return by === false ? <Badge tone="warn">{t.unverified}</Badge> : <Badge tone="good">{by}</Badge>;
}
