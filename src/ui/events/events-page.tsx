/** What happens: events as they come, the search for those that came, and one of them with where it went. */
import { useEffect, useRef, useState } from "react";
import { Route, Switch, useLocation, useSearchParams } from "wouter";
import { decoded } from "../api/decoded.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Page } from "../components/page.tsx";
import { useTexts } from "../i18n/language.tsx";
import { useTenant } from "../shell/tenant.tsx";
import { EventDetail } from "./event-detail.tsx";
import { type EventFilters, filtersIn, noFilters, withFilters } from "./event-filters.ts";
import type { ShownEvents } from "./event-list.ts";
import { useEventRights } from "./event-rights.ts";
import { EventTable } from "./event-table.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { PublishDialog } from "./publish-dialog.tsx";
import { eventsTexts } from "./texts.ts";
import { useEventList } from "./use-event-list.ts";

export default function EventsPage() {
  return (
    <Switch>
      <Route path="/events/:id">{({ id }) => <Events openId={decoded(id)} />}</Route>
      <Route>
        <Events openId={null} />
      </Route>
    </Switch>
  );
}

/** Where there is no room for both the list is out of sight, and not away: it keeps its place. */
const besideEvent = "max-xl:invisible max-xl:fixed max-xl:inset-x-0 max-xl:top-0 xl:sticky xl:top-6";

function Events({ openId }: { readonly openId: string | null }) {
  const t = useTexts(eventsTexts);
  const { tenant } = useTenant();
  const rights = useEventRights();
  const [, go] = useLocation();
  const [parameters, setParameters] = useSearchParams();
  const filters = filtersIn(parameters);
  const [isPaused, setIsPaused] = useState(false);
  const [isPublishing, setIsPublishing] = useState(false);
  const [shown, list] = useEventList(tenant, filters);
  const search = parameters.size === 0 ? "" : `?${parameters}`;
  const opener = useOpener(openId !== null);
  const open = (id: string): void => {
    opener.current = document.activeElement;
    go(`/events/${encodeURIComponent(id)}${search}`);
  };
  const change = (next: EventFilters): void =>
    setParameters((current) => withFilters(current, next), { replace: true });
  return (
    <Page
      title={t.events}
      actions={
        <>
          <TailState shown={shown} isPaused={isPaused} isPast={filters.span === "between" && filters.until !== ""} />
          <Button onClick={() => setIsPaused(!isPaused)}>{isPaused ? t.resume : t.pause}</Button>
          <Button look="primary" disabled={!rights.publish} onClick={() => setIsPublishing(true)}>
            {t.publish}
          </Button>
        </>
      }
    >
      <div className={openId === null ? "contents" : "hidden xl:contents"}>
        <FilterBar filters={filters} onChange={change} />
      </div>
      <div className={openId === null ? "" : "grid items-start gap-4 xl:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]"}>
        <div className={openId === null ? "" : besideEvent}>
          <EventTable
            shown={shown}
            list={list}
            isPaused={isPaused}
            isFiltered={JSON.stringify(filters) !== JSON.stringify(noFilters)}
            openId={openId}
            onOpen={open}
          />
        </div>
        {openId !== null && (
          <EventDetail
            key={`${tenant} ${openId}`}
            tenant={tenant}
            id={openId}
            rights={rights}
            onClose={() => go(`/events${search}`)}
            onPublished={open}
          />
        )}
      </div>
      <PublishDialog
        isOpen={isPublishing}
        tenant={tenant}
        onClose={() => setIsPublishing(false)}
        onPublished={(id) => {
          setIsPublishing(false);
          if (openId !== null) open(id);
        }}
      />
    </Page>
  );
}

/** What had the focus when an event was opened has it again when that is closed. */
function useOpener(isOpen: boolean) {
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    if (isOpen || opener.current === null) return;
    if (opener.current instanceof HTMLElement) opener.current.focus();
    opener.current = null;
  }, [isOpen]);
  return opener;
}

interface TailStateProps {
  readonly shown: ShownEvents;
  readonly isPaused: boolean;
  readonly isPast: boolean;
}

/** Whether what comes is seen. */
function TailState({ shown, isPaused, isPast }: TailStateProps) {
  const t = useTexts(eventsTexts);
  const state = (): readonly ["neutral" | "good" | "warn", string] => {
    if (isPast) return ["neutral", t.past];
    if (shown.isCutOff) return ["warn", t.cutOff];
    return isPaused ? ["neutral", t.paused] : ["good", t.live];
  };
  const [tone, text] = state();
  // Refused: then nothing comes at all.
  if (shown.problem !== null && shown.rows.length === 0) return null;
  return (
    <span role="status">
      <Badge tone={tone}>{text}</Badge>
    </span>
  );
}
