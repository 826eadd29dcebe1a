/** What the overview asks the server. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Consumer, EventPage, Page, Statistics, StatisticsGrouping } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { endpointPath, forgetEndpoint } from "../endpoints/endpoint-queries.ts";
import { type OverviewChoice, ranges } from "./overview-choice.ts";

const refetchMs = 5000;
const consumersMax = 500;

export const useStatistics = (choice: OverviewChoice, groupBy: StatisticsGrouping) => {
  const { tenant, range, endpointId, type } = choice;
  return useQuery({
    queryKey: ["stats", "overview", choice, groupBy],
    queryFn: ({ signal }) => {
      const { ms, bucket } = ranges[range];
      const from = new Date(Date.now() - ms).toISOString();
      const query = { tenant, endpoint_id: endpointId, type, from, bucket, group_by: groupBy };
      return ask<Statistics>("GET /v1/stats", { query, signal });
    },
    refetchInterval: refetchMs,
    placeholderData: keepPreviousData,
  });
};

/** The types of the range, to choose from. */
export const useSentTypes = ({ tenant, range }: OverviewChoice) =>
  useStatistics({ tenant, range, endpointId: "", type: "" }, "type").data?.groups.flatMap(({ key }) => key ?? []) ?? [];

export const useConsumers = (tenant: string) =>
  useQuery({
    queryKey: ["consumers", "overview", tenant],
    queryFn: ({ signal }) =>
      ask<Page<Consumer>>("GET /v1/consumers", { query: { tenant, limit: consumersMax }, signal }),
    refetchInterval: refetchMs,
    enabled: tenant !== "",
    select: ({ data }) => data,
  });

export const useHasEvents = (tenant: string) =>
  useQuery({
    queryKey: ["events", "any", tenant],
    queryFn: ({ signal }) => ask<EventPage>("GET /v1/events", { query: { tenant, order: "desc", limit: 1 }, signal }),
    refetchInterval: ({ state }) => (state.data?.data.length === 0 ? refetchMs : false),
    select: ({ data }) => data.length > 0,
    enabled: tenant !== "",
  });

interface EndpointAct {
  readonly id: string;
  readonly act: "resume" | "recover" | "test";
}

/** One thing that helps an endpoint. */
export function useHelp(told: {
  readonly onDone: (act: EndpointAct, answer: unknown) => void;
  readonly onError: (error: Error) => void;
}) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, act }: EndpointAct) => {
      const body = act === "recover" ? { since: "earliest" } : {};
      return ask<unknown>(`POST ${endpointPath(id)}/${act}`, { body });
    },
    onSuccess: (answer, asked) => {
      forgetEndpoint(queries, asked.id);
      told.onDone(asked, answer);
    },
    onError: told.onError,
  });
}
