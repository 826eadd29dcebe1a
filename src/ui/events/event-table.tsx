import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { type EventList, type EventRow, listBounds, type ShownEvents } from "./event-list.ts";
import { eventsTexts } from "./texts.ts";
import { visible } from "./visible-text.ts";

/** Events that one request looks at. */
const lookedPerPage = 10_000;
/** As far as this from the top somebody still is at the top. */
const topPx = 8;

interface EventTableProps {
  readonly shown: ShownEvents;
  readonly list: EventList;
  readonly isPaused: boolean;
  /** Whether anything is looked for. */
  readonly isFiltered: boolean;
  readonly openId: string | null;
  readonly onOpen: (id: string) => void;
}

/** The rows; what is new goes on top where the top is in view, and waits for a click where it is not. */
export function EventTable({ shown, list, isPaused, isFiltered, openId, onOpen }: EventTableProps) {
  const t = useTexts(eventsTexts);
  const scroller = useRef<HTMLDivElement>(null);
  const isAtTop = useIsAtTop(scroller, shown.rows.length > 0);
  useEffect(() => list.follow(isAtTop && !isPaused), [list, isAtTop, isPaused]);
  const columns = useColumns(openId !== null);
  const loadOlder = useCallback(() => void list.loadOlder(), [list]);
  const showFresh = (): void => {
    list.showFresh();
    scroller.current?.scrollTo({ top: 0 });
  };
  const { rows, problem, isLoading, isEnd, emptyPages } = shown;
  if (rows.length === 0) {
    if (problem !== null) return <ProblemBox error={problem} onRetry={loadOlder} />;
    if (isLoading && emptyPages === 0) return <Loading />;
    if (isEnd && shown.fresh === 0) {
      return isFiltered ? (
        <EmptyState title={t.noMatch}>{t.noMatchAbout}</EmptyState>
      ) : (
        <EmptyState title={t.none}>{t.noneAbout}</EmptyState>
      );
    }
    return (
      <div className="rounded-lg border border-dashed border-line">
        <Foot shown={shown} onMore={loadOlder} />
        {shown.fresh > 0 && <FreshButton shown={shown} onClick={showFresh} />}
      </div>
    );
  }
  return (
    <div className="relative">
      {shown.fresh > 0 && (
        <div className="absolute inset-x-0 top-11 z-20 flex justify-center">
          <FreshButton shown={shown} onClick={showFresh} />
        </div>
      )}
      <DataTable
        label={t.events}
        columns={columns}
        rows={rows}
        keyOf={idOf}
        openKey={openId}
        onOpen={({ id }) => onOpen(id)}
        onEnd={emptyPages > 0 || problem !== null ? undefined : loadOlder}
        scroller={scroller}
        heightCss="max(20rem, calc(100dvh - 15rem))"
        footer={<Foot shown={shown} onMore={loadOlder} />}
      />
    </div>
  );
}

const idOf = ({ id }: EventRow): string => id;

/** Beside an event there is room for the least. */
function useColumns(isBeside: boolean): readonly Column<EventRow>[] {
  const t = useTexts(eventsTexts);
  const type: Column<EventRow> = {
    key: "type",
    title: t.type,
    width: "minmax(0, 1.2fr)",
    cell: (row) => (
      <>
        <code className="font-medium">{row.type}</code>
        {row.source !== null && (
          <span className="ms-2">
            <Badge tone="info">{row.source}</Badge>
          </span>
        )}
      </>
    ),
  };
  const subject: Column<EventRow> = {
    key: "subject",
    title: t.subject,
    width: "minmax(0, 0.8fr)",
    isMinor: true,
    cell: (row) => <bdi>{row.subject === null ? "—" : visible(row.subject)}</bdi>,
  };
  const accepted: Column<EventRow> = {
    key: "accepted",
    title: t.accepted,
    width: "8.5rem",
    align: "end",
    cell: (row) => <Time at={row.accepted_at} />,
  };
  if (isBeside) return [type, subject, accepted];
  return [
    type,
    subject,
    {
      key: "id",
      title: t.id,
      width: "minmax(0, 1.3fr)",
      isMinor: true,
      cell: ({ id }) => <code className="text-xs text-muted">{id}</code>,
    },
    {
      key: "data",
      title: t.data,
      width: "minmax(0, 2fr)",
      isMinor: true,
      cell: ({ preview }) => (
        <bdi className="font-mono text-xs text-muted" dir="ltr">
          {visible(preview)}
        </bdi>
      ),
    },
    accepted,
  ];
}

function FreshButton({ shown, onClick }: { readonly shown: ShownEvents; readonly onClick: () => void }) {
  const t = useTexts(eventsTexts);
  const text = useFormats().number(shown.fresh);
  return (
    <span className="rounded-md shadow-lg">
      <Button look="primary" onClick={onClick}>
        <span aria-hidden="true">↑</span>
        {shown.isFreshCut ? t.freshMany(text) : t.fresh(shown.fresh, text)}
      </Button>
    </span>
  );
}

/** Below the last row: whether there is more, and what that takes. */
function Foot({ shown, onMore }: { readonly shown: ShownEvents; readonly onMore: () => void }) {
  const t = useTexts(eventsTexts);
  const formats = useFormats();
  const { isLoading, isEnd, isFull, emptyPages, problem } = shown;
  const looked = formats.number(emptyPages * lookedPerPage);
  const sentence = (): string => {
    if (isFull) return t.full(formats.number(listBounds.rows));
    const count = t.shown(shown.rows.length, formats.number(shown.rows.length));
    if (isEnd) return t.end(count);
    if (isLoading) return emptyPages > 0 ? t.searching(looked) : t.loading;
    return emptyPages > 0 ? t.stopped(looked) : count;
  };
  return (
    <div className="flex min-h-10 flex-wrap items-center justify-center gap-3 px-3 py-1 text-sm text-muted">
      {problem === null ? <span role="status">{sentence()}</span> : <ProblemBox error={problem} onRetry={onMore} />}
      {!isLoading && !isEnd && !isFull && emptyPages > 0 && problem === null && (
        <Button onClick={onMore}>{t.searchOn}</Button>
      )}
    </div>
  );
}

function useIsAtTop(scroller: RefObject<HTMLDivElement | null>, isThere: boolean): boolean {
  const [isAtTop, setIsAtTop] = useState(true);
  useEffect(() => {
    const element = isThere ? scroller.current : null;
    if (element === null) return setIsAtTop(true);
    const look = (): void => setIsAtTop(element.scrollTop <= topPx);
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [scroller, isThere]);
  return isAtTop;
}
