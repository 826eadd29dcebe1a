/** Attempts of one endpoint, newest first, with filters that are in the address. */
import { useMemo, useState } from "react";
import { useSearchParams } from "wouter";
import type { Attempt } from "../../../sdk/wire.ts";
import { Button } from "../../components/button.tsx";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { Loading } from "../../components/loading.tsx";
import { ProblemBox } from "../../components/problem-box.tsx";
import { Time } from "../../components/time.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { OutcomeBadge } from "../endpoint-badges.tsx";
import type { EndpointScope } from "../scope.ts";
import { AttemptDialog } from "./attempt-dialog.tsx";
import { AttemptFilters } from "./attempt-filters.tsx";
import { attemptTexts } from "./attempt-texts.ts";
import { BulkRetry } from "./bulk-retry.tsx";
import { type AttemptFilter, useAttempts } from "./use-attempts.ts";

interface AttemptsTableProps {
  readonly scope: EndpointScope;
  readonly endpointId: string;
}

const names = { status: "status", errorClass: "error", since: "since", until: "until" } as const;

/** Changes only what it is about: the tab is in the address as well. */
function useFilter(): [AttemptFilter, (change: Partial<AttemptFilter>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const read = (name: string): string => parameters.get(name) ?? "";
  const [status, errorClass, since, until] = [names.status, names.errorClass, names.since, names.until].map(read);
  const filter = useMemo(
    () => ({ status, errorClass, since, until }) as AttemptFilter,
    [status, errorClass, since, until],
  );
  const change = (changed: Partial<AttemptFilter>): void => {
    const next = new URLSearchParams(parameters);
    for (const [member, value] of Object.entries(changed)) {
      const name = names[member as keyof AttemptFilter];
      if (value === "") next.delete(name);
      else next.set(name, value);
    }
    setParameters(next, { replace: true });
  };
  return [filter, change];
}

export function AttemptsTable({ scope, endpointId }: AttemptsTableProps) {
  const t = useTexts(attemptTexts);
  const formats = useFormats();
  const [filter, change] = useFilter();
  const [isAtTop, setIsAtTop] = useState(true);
  const [isPaused, setIsPaused] = useState(false);
  const [opened, setOpened] = useState<Attempt | null>(null);
  const isLive = isAtTop && !isPaused && opened === null;
  const attempts = useAttempts({ endpointId, filter, isLive });
  const { rows, fresh, error, isSuccess, hasNextPage, isFetchingNextPage, fetchNextPage } = attempts;
  const columns = useColumns();
  const isFiltered = Object.values(filter).some((value) => value !== "");
  return (
    <div className="flex flex-col gap-3">
      <AttemptFilters filter={filter} onChange={change}>
        <Button aria-pressed={isPaused} onClick={() => setIsPaused(!isPaused)}>
          {isPaused ? t.goOn : t.holdStill}
        </Button>
        {scope.rights.manage && <BulkRetry scope={scope} endpointId={endpointId} filter={filter} />}
      </AttemptFilters>
      {error !== null && <ProblemBox error={error} onRetry={() => void attempts.refetch()} />}
      {!isSuccess && error === null && <Loading />}
      <p role="status" className={fresh === 0 ? "sr-only" : ""}>
        {fresh > 0 && (
          <Button className="w-full" onClick={attempts.takeFresh}>
            {t.fresh(`${formats.number(fresh)}${attempts.hasGap ? "+" : ""}`)}
          </Button>
        )}
      </p>
      {isSuccess && rows.length === 0 ? (
        <EmptyState title={isFiltered ? t.noneFound : t.none}>{isFiltered ? t.noneFoundHint : t.noneHint}</EmptyState>
      ) : (
        <div onScrollCapture={(event) => setIsAtTop((event.target as HTMLElement).scrollTop < 8)}>
          {rows.length > 0 && (
            <DataTable
              label={t.attempts}
              columns={columns}
              rows={rows}
              keyOf={({ id }) => id}
              onOpen={setOpened}
              openKey={opened?.id ?? null}
              onEnd={() => {
                if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
              }}
            />
          )}
        </div>
      )}
      <AttemptDialog scope={scope} attempt={opened} onClose={() => setOpened(null)} />
    </div>
  );
}

function useColumns(): readonly Column<Attempt>[] {
  const t = useTexts(attemptTexts);
  const formats = useFormats();
  return useMemo(
    () => [
      {
        key: "outcome",
        title: t.outcome,
        width: "minmax(3.25rem, 1fr)",
        cell: (attempt) => <OutcomeBadge attempt={attempt} />,
      },
      {
        key: "event",
        title: t.event,
        width: "minmax(0, 3fr)",
        cell: (attempt) => (
          <>
            {attempt.event_type ?? t.eventGone}
            {attempt.error_detail !== null && (
              <span lang="en" className="block truncate text-xs text-muted">
                {attempt.error_detail}
              </span>
            )}
          </>
        ),
      },
      {
        key: "id",
        title: t.eventId,
        width: "minmax(0, 1fr)",
        isMinor: true,
        cell: ({ event_id: id }) => <code className="text-xs">{id ?? "—"}</code>,
      },
      {
        key: "trigger",
        title: t.trigger,
        width: "9rem",
        isMinor: true,
        cell: ({ trigger, number }) => <span className="text-muted">{`${t.triggers(trigger)} · ${number}`}</span>,
      },
      {
        key: "duration",
        title: t.duration,
        width: "6rem",
        align: "end",
        isMinor: true,
        cell: ({ duration_ms: ms }) => formats.duration(ms),
      },
      {
        key: "started",
        title: t.started,
        width: "7.5rem",
        align: "end",
        cell: ({ started_at: at }) => <Time at={at} />,
      },
    ],
    [t, formats],
  );
}
