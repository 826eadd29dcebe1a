import { Card } from "../components/page.tsx";
import { TimeChart } from "../components/time-chart.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import type { LagPoint } from "./lag-history.ts";
import { consumersTexts } from "./texts.ts";

/** How far behind it is, as it changes. */
export default function LagChart({ points }: { readonly points: readonly LagPoint[] }) {
  const t = useTexts(consumersTexts);
  const formats = useFormats();
  return (
    <Card title={t.lagNow}>
      <p className="mb-2 text-xs text-muted">{t.lagHint}</p>
      {points.length > 1 ? (
        <TimeChart
          label={t.lagNow}
          atMs={points.map(({ atMs }) => atMs)}
          series={[{ key: "lag", label: t.behind, tone: "accent", values: points.map(({ lag }) => lag) }]}
          format={(value) => (value === null ? "—" : formats.number(Math.round(value)))}
        />
      ) : (
        <div className="h-56" />
      )}
    </Card>
  );
}
