import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { EventType, Page } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Badge } from "../components/badge.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { Dialog } from "../components/dialog.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Facts } from "../components/facts.tsx";
import { JsonBlock } from "../components/json-block.tsx";
import { Loading } from "../components/loading.tsx";
import { Card } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { settingsTexts } from "./texts.ts";

const firstType = `echo '{"description": "An order was paid."}' | trotline event-types put order.paid -`;

/** The catalogue: what may happen, and what its data look like. */
export function EventTypes() {
  const t = useTexts(settingsTexts);
  const [chosen, setChosen] = useState<EventType | null>(null);
  const query = useInfiniteQuery({
    queryKey: ["event-types", "pages"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      ask<Page<EventType>>("GET /v1/event-types", { query: { after: pageParam }, signal }),
    getNextPageParam: (page) => page.next_cursor,
  });
  if (query.isPending) return <Loading />;
  if (query.isError && query.data === undefined)
    return <ProblemBox error={query.error} onRetry={() => void query.refetch()} />;
  const rows = query.data.pages.flatMap(({ data }) => data);
  if (rows.length === 0) {
    return (
      <EmptyState title={t.noTypes}>
        <p className="mb-3">{t.noTypesAbout}</p>
        <CodeBlock text={firstType} label={t.noTypes} />
      </EmptyState>
    );
  }
  const columns: readonly Column<EventType>[] = [
    {
      key: "name",
      title: t.type,
      width: "minmax(0, 2fr)",
      cell: ({ name, archived }) => (
        <span className="flex items-center gap-2">
          <code className="truncate">{name}</code>
          {archived && <Badge>{t.archived}</Badge>}
        </span>
      ),
    },
    {
      key: "about",
      title: t.description,
      width: "minmax(0, 3fr)",
      cell: ({ description }) => description,
      isMinor: true,
    },
    { key: "group", title: t.group, cell: ({ group }) => group ?? "—", isMinor: true },
    {
      key: "versions",
      title: t.versions,
      width: "7rem",
      align: "end",
      cell: ({ versions }) => versions.map(({ version }) => version).join(", ") || "—",
    },
  ];
  return (
    <>
      <DataTable
        label={t.eventTypes}
        columns={columns}
        rows={rows}
        keyOf={({ name }) => name}
        onOpen={setChosen}
        onEnd={() => {
          if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
        }}
      />
      <TypeDialog shown={chosen} onClose={() => setChosen(null)} />
    </>
  );
}

function TypeDialog({ shown, onClose }: { readonly shown: EventType | null; readonly onClose: () => void }) {
  const t = useTexts(settingsTexts);
  if (shown === null) return null;
  return (
    <Dialog title={shown.name} isOpen onClose={onClose} isWide>
      {shown.description !== "" && <p>{shown.description}</p>}
      <Facts
        facts={[
          [t.group, shown.group ?? "—"],
          [t.checked, shown.validate === "reject" ? t.checkedReject : t.checkedNone],
          [t.changed, <Time key="changed" at={shown.updated_at} />],
        ]}
      />
      {shown.versions.length === 0 && <p className="text-muted">{t.noVersions}</p>}
      {shown.versions.map(({ version, description, schema, example }) => (
        <Card key={version} title={t.versionOf(version)}>
          <div className="flex flex-col gap-3">
            {description !== "" && <p>{description}</p>}
            {schema !== undefined && <Part title={t.schema} value={schema} />}
            {example !== undefined && <Part title={t.example} value={example} />}
          </div>
        </Card>
      ))}
    </Dialog>
  );
}

function Part({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <div className="flex flex-col gap-1">
      <h3 className="text-sm font-medium">{title}</h3>
      <JsonBlock value={value} label={title} heightCss="18rem" />
    </div>
  );
}
