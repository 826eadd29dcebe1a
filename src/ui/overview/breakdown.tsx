/** The range in parts: by endpoint, type or tenant, those with most deliveries first; and why attempts failed. */
import { useState } from "react";
import type { Measures, StatisticsGroup, StatisticsGrouping } from "../../sdk/wire.ts";
import { SelectField } from "../components/field.tsx";
import { Card } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import type { OverviewChoice } from "./overview-choice.ts";
import { useStatistics } from "./overview-queries.ts";
import { overviewTexts } from "./texts.ts";

interface BreakdownProps {
  readonly choice: OverviewChoice;
  /** Titles of endpoints, by id. */
  readonly titles: ReadonlyMap<string, string>;
  readonly isOfAll: boolean;
}

export function Breakdown({ choice, titles, isOfAll }: BreakdownProps) {
  const t = useTexts(overviewTexts);
  const [by, setBy] = useState<StatisticsGrouping>("endpoint");
  const { data, error, refetch } = useStatistics(choice, by);
  const nameOf = ({ key, is_others: isOthers }: StatisticsGroup): string => {
    if (isOthers) return t.others;
    if (key === null) return data?.group_by === "endpoint" ? t.gone : t.goneEvents;
    return titles.get(key) ?? key;
  };
  const choose = (
    <SelectField
      label={t.by}
      isLabelHidden
      value={by}
      onChange={(event) => setBy(event.target.value as StatisticsGrouping)}
    >
      <option value="endpoint">{t.byEndpoint}</option>
      <option value="type">{t.byType}</option>
      {isOfAll && <option value="tenant">{t.byTenant}</option>}
    </SelectField>
  );
  return (
    <Card title={t.breakdown} actions={choose}>
      {error !== null && <ProblemBox error={error} onRetry={() => refetch()} />}
      {data !== undefined && <GroupTable groups={data.groups} nameOf={nameOf} />}
    </Card>
  );
}

interface GroupTableProps {
  readonly groups: readonly StatisticsGroup[];
  readonly nameOf: (group: StatisticsGroup) => string;
}

function GroupTable({ groups, nameOf }: GroupTableProps) {
  const t = useTexts(overviewTexts);
  const formats = useFormats();
  const sent = groups.filter(({ total }) => total.attempts > 0);
  if (sent.length === 0) return <p className="text-muted">{t.noDeliveries}</p>;
  const cell = "py-1.5 ps-3 text-end whitespace-nowrap";
  const headCell = "ps-3 pb-1 text-end align-bottom font-medium";
  return (
    <table className="w-full table-fixed">
      <thead className="text-xs text-muted">
        <tr>
          <th className="w-2/5 pb-1 align-bottom text-start font-medium sm:w-1/2">{t.name}</th>
          <th className={headCell}>{t.sent}</th>
          <th className={headCell}>{t.successRate}</th>
          <th className={`${headCell} hidden sm:table-cell`}>{t.delayP95}</th>
        </tr>
      </thead>
      <tbody>
        {sent.map((group) => (
          <tr key={`${group.key} ${group.is_others}`} className="border-t border-line">
            <th className="truncate py-1.5 text-start font-normal" title={nameOf(group)}>
              {nameOf(group)}
            </th>
            <td className={cell}>{formats.number(group.total.sent)}</td>
            <td className={cell}>{formats.percent(group.total.success_rate)}</td>
            <td className={`${cell} hidden sm:table-cell`}>
              {formats.duration(group.total.delay_ms.from_accepted?.p95 ?? null)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ErrorClasses({ measures }: { readonly measures: Measures }) {
  const t = useTexts(overviewTexts);
  const formats = useFormats();
  const found = Object.entries(measures.errors).sort(([, left], [, right]) => right - left);
  const most = found[0]?.[1] ?? 1;
  return (
    <Card title={t.errors}>
      {found.length === 0 ? (
        <p className="text-muted">{t.noErrors}</p>
      ) : (
        <dl className="flex flex-col gap-2.5">
          {found.map(([name, count]) => (
            <div key={name} className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-1">
              <dt className="truncate font-mono text-[13px]">{name}</dt>
              <dd className="text-end">{formats.number(count)}</dd>
              <dd className="col-span-2 h-1.5 rounded bg-sunken" aria-hidden="true">
                <div className="h-full rounded bg-bad" style={{ width: `${(count / most) * 100}%` }} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}
