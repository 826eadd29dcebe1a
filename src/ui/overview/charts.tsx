/** Delay, count and success rate over time. */
import { useMemo } from "react";
import type { Statistics } from "../../sdk/wire.ts";
import { Card } from "../components/page.tsx";
import type { ChartSeries } from "../components/series-values.ts";
import { TimeChart } from "../components/time-chart.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { chartValues } from "./chart-values.ts";
import { overviewTexts } from "./texts.ts";

const rateFloors = [0.99, 0.95, 0.9, 0.8, 0.5, 0];

/** Where the axis of rates begins: near what is shown, for little is a lot near the top. */
const floorOf = (rates: readonly (number | null)[]): number =>
  rateFloors.find((floor) => rates.every((rate) => rate === null || rate > floor)) ?? 0;

export function Charts({ statistics }: { readonly statistics: Statistics }) {
  const t = useTexts(overviewTexts);
  const formats = useFormats();
  const values = useMemo(() => chartValues(statistics), [statistics]);
  const { atMs } = values;
  const rateFloor = useMemo(() => floorOf(values.successRate), [values]);
  const { delay, count, rate } = useMemo((): Readonly<Record<"delay" | "count" | "rate", readonly ChartSeries[]>> => {
    const undelivered = values.sent.map((sent, index) => sent - (values.delivered[index] ?? 0));
    return {
      delay: [
        { key: "p50", label: "p50", tone: "accent", values: values.p50 },
        { key: "p95", label: "p95", tone: "info", values: values.p95 },
        { key: "p99", label: "p99", tone: "warn", values: values.p99 },
      ],
      count: [
        // All that were sent stand behind: what is left to see of them was not delivered.
        { key: "undelivered", label: t.undelivered, tone: "bad", values: undelivered, drawn: values.sent, isBar: true },
        { key: "delivered", label: t.delivered, tone: "accent", values: values.delivered, isBar: true },
      ],
      rate: [{ key: "rate", label: t.successRate, tone: "good", values: values.successRate }],
    };
  }, [values, t]);
  return (
    <div className="grid min-w-0 gap-4 lg:grid-cols-2">
      <Card title={t.delay} className="lg:col-span-2">
        <p className="mb-2 text-xs text-muted">{t.delayHint}</p>
        <TimeChart label={t.delay} atMs={atMs} series={delay} format={formats.duration} isWhole />
      </Card>
      <Card title={t.count}>
        <TimeChart
          label={t.count}
          atMs={atMs}
          series={count}
          format={(value) => (value === null ? "—" : formats.number(value))}
          isWhole
        />
      </Card>
      <Card title={t.successRate}>
        <TimeChart label={t.successRate} atMs={atMs} series={rate} format={formats.percent} min={rateFloor} max={1} />
      </Card>
    </div>
  );
}
