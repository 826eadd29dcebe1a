/** The drawing of a chart: axes, lines and bars in the colours of the page. */
import uPlot from "uplot";
import { type ChartSeries, drawnOf, type TimeChartProps } from "./series-values.ts";

export interface ChartColours {
  readonly text: string;
  readonly series: readonly string[];
}

interface Drawing {
  /** What is shown now. */
  readonly latest: { readonly current: TimeChartProps };
  readonly colours: ChartColours;
  readonly language: string;
  readonly onCursor: (index: number | null) => void;
}

const lineWidth = 1.75;
/** A line of so few values has a point for each. */
const pointsMax = 40;
const wholeSteps = Array.from({ length: 14 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();
const axisFont = "11px ui-sans-serif, system-ui, sans-serif";
const minuteMs = 60_000;
const dayMs = 86_400_000;

const translucent = (colour: string, part: string): string => `color-mix(in srgb, ${colour} ${part}, transparent)`;

export function drawChart(place: HTMLElement, { latest, colours, language, onCursor }: Drawing): uPlot {
  const { series, max, min = 0, isWhole = false } = latest.current;
  const grid = { stroke: translucent(colours.text, "18%"), width: 1 };
  const axis = { stroke: colours.text, font: axisFont, grid, ticks: { show: false } };
  const bars = uPlot.paths.bars?.({ size: [0.8, 24], gap: 0 });
  const drawn = series.map((one, index): uPlot.Series => {
    const { label, isBar } = one;
    const stroke = colours.series[index] ?? colours.text;
    const points = {
      show: (): boolean => !isBar && isSparse(latest.current.series[index] ?? one),
      size: 4,
      fill: stroke,
    };
    const shared = { label, stroke, spanGaps: true, points };
    if (isBar && bars !== undefined) return { ...shared, width: 0, fill: stroke, paths: bars };
    return { ...shared, width: lineWidth };
  });
  return new uPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { time: true }, y: { range: (_plot, _low, high) => [min, max ?? (high > 0 ? high * 1.1 : 1)] } },
      axes: [
        { ...axis, space: 70, size: 28, values: (_plot, splits) => timesIn(language, splits) },
        {
          ...axis,
          ...(isWhole && { incrs: wholeSteps }),
          size: 58,
          space: 28,
          values: (_plot, splits) => splits.map((value) => latest.current.format(value)),
        },
      ],
      series: [{}, ...drawn],
      hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)] },
    },
    [latest.current.atMs.map((at) => at / 1000), ...latest.current.series.map(drawnOf)] as uPlot.AlignedData,
    place,
  );
}

const isSparse = (series: ChartSeries): boolean =>
  drawnOf(series).filter((value) => value !== null).length <= pointsMax;

/** The time of day, or the day where they are further apart. */
function timesIn(language: string, splits: readonly number[]): string[] {
  const apartMs = ((splits[1] ?? 0) - (splits[0] ?? 0)) * 1000;
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  const options: Intl.DateTimeFormatOptions =
    apartMs >= dayMs ? { day: "numeric", month: "short" } : apartMs >= minuteMs ? time : { ...time, second: "2-digit" };
  const format = new Intl.DateTimeFormat(language, options);
  return splits.map((seconds) => format.format(new Date(seconds * 1000)));
}
