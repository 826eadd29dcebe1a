import type { StatisticsBucketLength, StatisticsGrouping } from "./wire-stats.ts";

export interface StatisticsQuery {
  readonly tenant?: string | undefined;
  readonly endpointId?: string | undefined;
  readonly type?: string | undefined;
  /** Events accepted then or later, and before: times of RFC 3339. The last day where absent. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly bucket?: StatisticsBucketLength | "auto" | undefined;
  readonly groupBy?: StatisticsGrouping | undefined;
}

export const statisticsParameters = ({ endpointId, groupBy, ...rest }: StatisticsQuery) => ({
  ...rest,
  endpoint_id: endpointId,
  group_by: groupBy,
});

export const isStatistics = (body: unknown): boolean =>
  typeof body === "object" && body !== null && "total" in body && "groups" in body;
