import { useQuery } from "@tanstack/react-query";
import type { DeliveryState, EventWithDeliveries } from "../../sdk/wire.ts";
import { askRaw } from "../api/ask.ts";
import { rawMember } from "./raw-json.ts";

export interface LoadedEvent {
  readonly event: EventWithDeliveries;
  /** Its data as they are stored. */
  readonly data: string;
}

/** While something is under way it is looked at often, unless it is long. */
const underWayMs = 1500;
const restingMs = 10_000;
const longLength = 200_000;
const unsettled: readonly DeliveryState[] = ["pending", "held", "sending", "retrying"];

export const useEvent = (tenant: string, id: string) =>
  useQuery({
    queryKey: ["event-text", tenant, id],
    queryFn: async ({ signal }): Promise<LoadedEvent> => {
      const answer = await askRaw(`GET /v1/events/${encodeURIComponent(id)}`, { query: { tenant }, signal });
      const text = await answer.text();
      return { event: JSON.parse(text) as EventWithDeliveries, data: rawMember(text, "data") ?? "null" };
    },
    // The text of an answer that is the same but for its deliveries is not compared member by member.
    structuralSharing: false,
    refetchInterval: ({ state: { data } }) => {
      if (data === undefined || data.data.length > longLength) return restingMs;
      return data.event.deliveries.some(({ state }) => unsettled.includes(state)) ? underWayMs : restingMs;
    },
  });
