/** Series over time. Read by the pointer, by the arrow keys, or as a table. */
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useFormats } from "../i18n/formats.ts";
import { useLanguage, useTexts } from "../i18n/language.tsx";
import { chartTexts } from "./chart-texts.ts";
import { type ChartColours, drawChart } from "./draw-chart.ts";
import { type ChartTone, drawnOf, type TimeChartProps } from "./series-values.ts";

const inks: Readonly<Record<ChartTone, string>> = {
  accent: "text-accent",
  info: "text-info",
  warn: "text-warn",
  good: "text-good",
  bad: "text-bad",
};

/** Another number with each change of what colours mean. */
function useThemeNumber(): number {
  const [number, setNumber] = useState(0);
  useEffect(() => {
    const changed = (): void => setNumber((before) => before + 1);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", changed);
    const observer = new MutationObserver(changed);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      dark.removeEventListener("change", changed);
      observer.disconnect();
    };
  }, []);
  return number;
}

export function TimeChart(props: TimeChartProps) {
  const { label, atMs, series, format } = props;
  const { language } = useLanguage();
  const t = useTexts(chartTexts);
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const swatches = useRef(new Map<string, HTMLElement>());
  const [shown, setShown] = useState<number | null>(null);
  const theme = useThemeNumber();
  const shape = [props.min, ...series.map(({ key, tone, isBar }) => `${key} ${tone} ${isBar}`)].join();
  const latest = useRef(props);
  latest.current = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn anew is told by shape, theme and language
  useEffect(() => {
    const place = frame.current;
    if (place === null) return;
    const colourOf = (element: Element | null | undefined): string =>
      element ? getComputedStyle(element).color : "gray";
    const colours: ChartColours = {
      text: colourOf(place),
      series: series.map(({ key }) => colourOf(swatches.current.get(key))),
    };
    const made = drawChart(place, { latest, colours, language, onCursor: setShown });
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: place.clientWidth, height: place.clientHeight }));
    resized.observe(place);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, theme, language]);
  const data = useMemo(() => [atMs.map((at) => at / 1000), ...series.map(drawnOf)], [atMs, series]);
  useEffect(() => plot.current?.setData(data as uPlot.AlignedData), [data]);
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined || plot.current === null) return;
    event.preventDefault();
    const from = shown ?? (by < 0 ? atMs.length : -1);
    const at = Math.min(atMs.length - 1, Math.max(0, from + by));
    plot.current.setCursor({ left: plot.current.valToPos((atMs[at] ?? 0) / 1000, "x"), top: 0 });
  };
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <Legend {...props} shown={shown} swatches={swatches.current} />
      <div
        ref={frame}
        role="group"
        tabIndex={0}
        aria-label={`${label}. ${t.keys}`}
        onKeyDown={step}
        onBlur={() => setShown(null)}
        className="h-44 w-full min-w-0 overflow-hidden text-muted"
      />
      <ChartTable label={label} atMs={atMs} series={series} format={format} />
    </div>
  );
}

interface LegendProps extends TimeChartProps {
  readonly shown: number | null;
  readonly swatches: Map<string, HTMLElement>;
}

function Legend({ atMs, series, format, shown, swatches }: LegendProps) {
  const formats = useFormats();
  const at = shown === null ? undefined : atMs[shown];
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1 text-xs">
      {series.map(({ key, label, tone, values }) => (
        <span key={key} className="inline-flex items-baseline gap-1.5">
          <span
            ref={(element) => {
              if (element === null) swatches.delete(key);
              else swatches.set(key, element);
            }}
            className={`inline-block size-2.5 rounded-sm bg-current ${inks[tone]}`}
            aria-hidden="true"
          />
          <span className="text-muted">{label}</span>
          {shown !== null && <span className="min-w-12 font-medium">{format(values[shown] ?? null)}</span>}
        </span>
      ))}
      <output className="ms-auto text-muted">{at === undefined ? "\u00a0" : formats.exact(at)}</output>
    </div>
  );
}

function ChartTable({ label, atMs, series, format }: TimeChartProps) {
  const t = useTexts(chartTexts);
  const formats = useFormats();
  const [isOpen, setIsOpen] = useState(false);
  const rows = atMs
    .map((at, index) => ({ at, values: series.map(({ values }) => values[index] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null && value !== 0))
    .reverse();
  return (
    <details className="text-xs" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="w-fit text-muted hover:text-text">{t.asTable}</summary>
      {isOpen && (
        <section className="mt-2 max-h-60 overflow-auto" tabIndex={0} aria-label={label}>
          <table className="w-full">
            <thead className="text-muted">
              <tr>
                <th className="py-1 pe-3 text-start font-medium">{t.from}</th>
                {series.map(({ key, label: name }) => (
                  <th key={key} className="py-1 ps-3 text-end font-medium">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ at, values }) => (
                <tr key={at} className="border-t border-line">
                  <th className="py-1 pe-3 text-start font-normal whitespace-nowrap">{formats.exact(at)}</th>
                  {values.map((value, index) => (
                    <td key={series[index]?.key} className="py-1 ps-3 text-end">
                      {format(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
