/** The numbers that say at a glance how it goes: of the range, and of now. */
import type { ReactNode } from "react";
import type { Statistics } from "../../sdk/wire.ts";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { overviewTexts } from "./texts.ts";

const badBelow = 0.95;

export function Figures({ statistics }: { readonly statistics: Statistics }) {
  const t = useTexts(overviewTexts);
  const formats = useFormats();
  const { total, now } = statistics;
  const isBad = total.success_rate !== null && total.success_rate < badBelow;
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-3 xl:grid-cols-6">
      <Figure name={t.sent}>{formats.number(total.sent)}</Figure>
      <Figure name={t.successRate} tone={isBad ? "text-bad" : ""}>
        {formats.percent(total.success_rate)}
      </Figure>
      <Figure name={t.delayP95}>{formats.duration(total.delay_ms.from_accepted?.p95 ?? null)}</Figure>
      <Figure name={t.perDelivery}>
        {total.attempts_per_delivery === null
          ? "—"
          : formats.number(Math.round(total.attempts_per_delivery * 100) / 100)}
      </Figure>
      <Figure name={t.backlog} hint={t.backlogHint}>
        {formats.number(now.backlog)}
      </Figure>
      <Figure name={t.oldest}>{now.backlog === 0 ? "—" : formats.duration(now.lag_ms)}</Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly tone?: string;
  readonly hint?: string;
  readonly children: ReactNode;
}

const Figure = ({ name, tone = "", hint, children }: FigureProps) => (
  <div className="flex min-h-20 flex-col justify-between gap-1 bg-surface px-4 py-3" title={hint}>
    <dt className="text-xs text-muted">{name}</dt>
    <dd className={`text-lg font-semibold ${tone}`}>{children}</dd>
  </div>
);
