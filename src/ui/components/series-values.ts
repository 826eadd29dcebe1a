/** One line, or the bars of one kind, of a chart. */
export type ChartTone = "accent" | "info" | "warn" | "good" | "bad";

export interface ChartSeries {
  readonly key: string;
  readonly label: string;
  readonly tone: ChartTone;
  readonly values: readonly (number | null)[];
  /** Drawn from the ground up: the first that has it is behind the next. */
  readonly isBar?: boolean;
  /** Drawn in place of the values, which are told: of bars that stand on others. */
  readonly drawn?: readonly (number | null)[];
}

export interface TimeChartProps {
  readonly label: string;
  /** When each bucket begins. */
  readonly atMs: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number | null) => string;
  /** Of the axis; from nothing to the highest value if absent. */
  readonly min?: number;
  readonly max?: number;
  /** Values are whole numbers: the axis has no others. */
  readonly isWhole?: boolean;
}

export const drawnOf = ({ values, drawn = values }: ChartSeries): (number | null)[] => [...drawn];
