import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { CreatedKey, Key, Page } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { KeyDialog } from "./key-dialog.tsx";
import { keysQuery } from "./keys-query.ts";
import { NewKeyDialog } from "./new-key-dialog.tsx";
import { PortalLinkDialog } from "./portal-link-dialog.tsx";
import { ShownOnce } from "./shown-once.tsx";
import { settingsTexts } from "./texts.ts";

/** Who may ask the server for what. */
export function Keys() {
  const t = useTexts(settingsTexts);
  const [opened, setOpened] = useState<"key" | "link" | null>(null);
  const [chosen, setChosen] = useState<Key | null>(null);
  const [made, setMade] = useState<CreatedKey | null>(null);
  const query = useInfiniteQuery({
    queryKey: keysQuery,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => ask<Page<Key>>("GET /v1/keys", { query: { after: pageParam }, signal }),
    getNextPageParam: (page) => page.next_cursor,
  });
  const columns: readonly Column<Key>[] = [
    {
      key: "name",
      title: t.name,
      width: "minmax(0, 2fr)",
      cell: ({ name, status }) => (
        <span className="flex items-center gap-2">
          <span className="truncate font-medium">{name}</span>
          {status === "expired" && <Badge>{t.expired}</Badge>}
        </span>
      ),
    },
    { key: "scopes", title: t.scopes, cell: ({ scopes }) => scopes.join(", ") },
    { key: "tenant", title: t.tenant, cell: ({ tenant }) => tenant ?? t.allTenants, isMinor: true },
    { key: "used", title: t.lastUsed, cell: ({ last_used_at: at }) => <Time at={at} />, isMinor: true },
    {
      key: "expires",
      title: t.expires,
      cell: ({ expires_at: at }) => (at === null ? t.never : <Time at={at} />),
      isMinor: true,
    },
  ];
  const told = (key: CreatedKey): void => {
    setOpened(null);
    setChosen(null);
    setMade(key);
  };
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-muted">{t.keysAbout}</p>
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setOpened("link")}>{t.makeLink}</Button>
          <Button look="primary" onClick={() => setOpened("key")}>
            {t.makeKey}
          </Button>
        </div>
      </div>
      {query.isError && <ProblemBox error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending ? (
        <Loading />
      ) : (
        <DataTable
          label={t.keys}
          columns={columns}
          rows={rows}
          keyOf={({ id }) => id}
          onOpen={setChosen}
          onEnd={() => {
            if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
          }}
        />
      )}
      <NewKeyDialog isOpen={opened === "key"} onClose={() => setOpened(null)} onMade={told} />
      <PortalLinkDialog isOpen={opened === "link"} onClose={() => setOpened(null)} />
      <KeyDialog shown={chosen} onClose={() => setChosen(null)} onRotated={told} />
      <ShownOnce title={t.keyMade} text={made?.key ?? null} onClose={() => setMade(null)} />
    </div>
  );
}
