import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { EventPage } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { type EventFilters, queryOf } from "./event-filters.ts";
import { EventList, type ShownEvents } from "./event-list.ts";

/** Starts anew when another tenant or other events are asked for. */
export function useEventList(tenant: string, filters: EventFilters): readonly [ShownEvents, EventList] {
  const asked = JSON.stringify(filters);
  const list = useMemo(() => {
    const selection = queryOf(JSON.parse(asked) as EventFilters, Date.now());
    return new EventList({
      isLive: selection.until === undefined,
      ask: (query, signal) => ask<EventPage>("GET /v1/events", { query: { tenant, ...selection, ...query }, signal }),
      pause: (ms, signal) => pause(ms, signal),
    });
  }, [tenant, asked]);
  useEffect(() => {
    list.start();
    return () => list.stop();
  }, [list]);
  return [useSyncExternalStore(list.subscribe, list.snapshot), list];
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
