/** Endpoints with their health at a glance; search and state are in the address. */
import { useMemo, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import type { Endpoint } from "../../sdk/wire.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { DataTable } from "../components/data-table.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { SelectField, TextField } from "../components/field.tsx";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { useEndpointColumns } from "./endpoint-columns.tsx";
import { byUrgency, conditionOf, conditions, isFound } from "./endpoint-condition.ts";
import { useEndpoints } from "./endpoint-queries.ts";
import type { EndpointScope } from "./scope.ts";
import { endpointsTexts } from "./texts.ts";

const rowHeightPx = 56;
const noEndpoints: readonly Endpoint[] = [];

interface Looked {
  readonly text: string;
  /** Empty: all. */
  readonly state: string;
}

export function EndpointList({ scope }: { readonly scope: EndpointScope }) {
  const [, go] = useLocation();
  const [parameters, setParameters] = useSearchParams();
  const { data, error, refetch, hasNextPage } = useEndpoints(scope.tenant);
  const columns = useEndpointColumns(scope.tenant);
  const looked: Looked = { text: parameters.get("q") ?? "", state: parameters.get("state") ?? "" };
  const all = useMemo(() => data?.pages.flatMap((page) => page.data) ?? noEndpoints, [data]);
  const ranks = useRanks(all, `${scope.tenant} ${looked.state}`);
  const shown = useMemo(
    () =>
      all
        .filter((endpoint) => isFound(endpoint, looked.text))
        .filter((endpoint) => looked.state === "" || conditionOf(endpoint) === looked.state)
        .sort((left, right) => (ranks.get(left.id) ?? 0) - (ranks.get(right.id) ?? 0)),
    [all, ranks, looked.text, looked.state],
  );
  const look = (change: Partial<Looked>): void => {
    const { text, state } = { ...looked, ...change };
    setParameters({ ...(text !== "" && { q: text }), ...(state !== "" && { state }) }, { replace: true });
  };
  const t = useTexts(endpointsTexts);
  if (data === undefined) return error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => refetch()} />;
  if (all.length === 0) return <NoEndpoints scope={scope} />;
  return (
    <div className="flex flex-col gap-3">
      {error !== null && <ProblemBox error={error} onRetry={() => refetch()} />}
      <Search looked={looked} onLook={look} counts={{ shown: shown.length, all: all.length, isAll: !hasNextPage }} />
      {shown.length === 0 ? (
        <EmptyState
          title={t.noneFound}
          actions={<Button onClick={() => look({ text: "", state: "" })}>{t.showAll}</Button>}
        />
      ) : (
        <DataTable
          label={t.title}
          columns={columns}
          rows={shown}
          rowHeightPx={rowHeightPx}
          keyOf={({ id }) => id}
          onOpen={({ id }) => go(`${scope.base}/${id}`)}
        />
      )}
    </div>
  );
}

/** What is most urgent stands first as the list is opened, and then keeps its place: no row moves under the pointer. */
function useRanks(all: readonly Endpoint[], of: string): ReadonlyMap<string, number> {
  const key = `${of} ${all.length}`;
  const [held, setHeld] = useState({ key: "", ranks: new Map<string, number>() });
  if (held.key === key) return held.ranks;
  const ranks = new Map([...all].sort(byUrgency).map(({ id }, rank) => [id, rank] as const));
  setHeld({ key, ranks });
  return ranks;
}

interface SearchProps {
  readonly looked: Looked;
  readonly onLook: (change: Partial<Looked>) => void;
  readonly counts: { readonly shown: number; readonly all: number; readonly isAll: boolean };
}

function Search({ looked, onLook, counts }: SearchProps) {
  const t = useTexts(endpointsTexts);
  const formats = useFormats();
  return (
    <search className="flex flex-wrap items-center gap-2">
      <div className="min-w-48 flex-1 md:max-w-md">
        <TextField
          type="search"
          label={t.search}
          isLabelHidden
          placeholder={t.search}
          value={looked.text}
          onChange={(event) => onLook({ text: event.target.value })}
        />
      </div>
      <SelectField
        label={t.state}
        isLabelHidden
        value={looked.state}
        onChange={(event) => onLook({ state: event.target.value })}
        className="w-auto!"
      >
        <option value="">{t.everyState}</option>
        {conditions.map((condition) => (
          <option key={condition} value={condition}>
            {t[condition]}
          </option>
        ))}
      </SelectField>
      <p role="status" className="ms-auto text-sm text-muted">
        {t.counted(formats.number(counts.shown), formats.number(counts.all))}
        {!counts.isAll && "…"}
      </p>
    </search>
  );
}

function NoEndpoints({ scope }: { readonly scope: EndpointScope }) {
  const t = useTexts(endpointsTexts);
  const button = (
    <LinkButton to={`${scope.base}/new`} look="primary">
      {t.add}
    </LinkButton>
  );
  return (
    <EmptyState title={t.none} actions={scope.rights.manage ? button : undefined}>
      {scope.rights.manage ? t.noneHint : t.noneToRead}
    </EmptyState>
  );
}
