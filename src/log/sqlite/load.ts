import type { DatabaseSync } from "node:sqlite";
import type { Consumer } from "../../core/consumer.ts";
import { type Endpoint, storedEndpoint } from "../../core/endpoint.ts";
import type { EventType } from "../../core/event-type.ts";
import type { LaneRecord } from "../../core/lane.ts";
import type { Replay } from "../../core/replay.ts";
import { type Source, storedSource } from "../../core/source.ts";
import type { JournalState } from "../journal.ts";
import type { RegistryState } from "../registry-store.ts";
import type { RollState } from "../statistics-store.ts";
import { keyOf } from "./key-writer.ts";
import { allRows, firstRow, prepare } from "./sql.ts";

/** What a process reads once, when it starts. */
export function loadJournal(database: DatabaseSync): JournalState {
  const lanes = allRows(prepare(database, "lanes-all")).map(
    ([endpoint, readPosition, behind, pending, health]): LaneRecord => {
      return {
        endpointNumber: Number(endpoint),
        readPosition: Number(readPosition),
        pending: JSON.parse(String(pending)),
        behind: behind === 1,
        health: health === null ? null : JSON.parse(String(health)),
      };
    },
  );
  const totals = allRows(prepare(database, "parked-totals"));
  return {
    dispatchedTo: new Map([[0, Number(firstRow(prepare(database, "dispatch-get"))?.[0])]]),
    lanes,
    parkedTotals: new Map(totals.map(([endpoint, total]) => [Number(endpoint), Number(total)])),
    ordered: new Set(totals.filter(([, , waiting]) => Number(waiting) > 0).map(([endpoint]) => Number(endpoint))),
  };
}

export function loadRegistry(database: DatabaseSync): RegistryState {
  const endpoints = allRows(prepare(database, "endpoints-all")).map(([number, document]): Endpoint => {
    return storedEndpoint(JSON.parse(String(document)), Number(number));
  });
  const keys = allRows(prepare(database, "keys-all")).map(keyOf);
  return { endpoints, keys };
}

export const loadConsumers = (database: DatabaseSync): Consumer[] =>
  allRows(prepare(database, "consumers-all")).map(([document]) => JSON.parse(String(document)));

export const loadEventTypes = (database: DatabaseSync): EventType[] =>
  allRows(prepare(database, "event-types-all")).map(([document]) => JSON.parse(String(document)));

export const loadReplays = (database: DatabaseSync): Replay[] =>
  allRows(prepare(database, "replays-all")).map(([document]) => JSON.parse(String(document)));

export const loadSources = (database: DatabaseSync): Source[] =>
  allRows(prepare(database, "sources-all")).map(([number, document]) =>
    storedSource(JSON.parse(String(document)), Number(number)),
  );

export function loadStatistics(database: DatabaseSync): RollState {
  const [last] =
    firstRow(prepare(database, "attempts-last")) ?? firstRow(prepare(database, "log-state"))?.slice(3) ?? [];
  return { rolledTo: Number(firstRow(prepare(database, "statistics-state"))?.[0]), lastSequence: Number(last) };
}
