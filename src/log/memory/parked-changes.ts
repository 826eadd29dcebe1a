import { isSettledState, nextDeliveryState, type ParkedDelivery, type ParkedState } from "../../core/delivery.ts";
import type { ParkedChange } from "../../core/lane.ts";
import { looseKey, noKey, strictKey, unknownKey } from "../../core/lane-key.ts";

export type ParkedRows = Map<number, ParkedDelivery>;

export const rowKey = (row: ParkedDelivery): number => row.key ?? unknownKey;

/** Applies one change to the rows of an endpoint: the reference of what a store does with it. */
export function applyChange(rows: ParkedRows, change: ParkedChange): void {
  switch (change.do) {
    case "park":
      rows.set(change.row.position, change.row);
      return;
    case "unpark":
      rows.delete(change.position);
      return;
    case "cancelAll":
      rows.clear();
      return;
    case "cancelBeyond":
      for (const position of [...rows.keys()]) if (position > change.position) rows.delete(position);
      return;
    case "revive":
      revive(rows, change);
      return;
    case "holdAll":
      for (const row of rows.values()) {
        if (!isSettledState(row.state)) rows.set(row.position, { ...row, state: "held", key: strictKey });
      }
      return;
    case "releaseAll":
      for (const { key: _, ...row } of rows.values()) {
        if (row.state === "held") put(rows, row, nextDeliveryState("held", "due"));
      }
      unblock(rows);
      return;
    case "unblockAll":
      unblock(rows);
  }
}

function revive(rows: ParkedRows, { sinceMs, dueAtMs, isOrdered }: ParkedChange & { do: "revive" }): void {
  for (const row of rows.values()) {
    if ((row.state !== "exhausted" && row.state !== "blocked") || row.dueAtMs < sinceMs) continue;
    const revived = nextDeliveryState(row.state, "revived") as ParkedState;
    const keepsPlace = isOrdered && row.state === "blocked";
    const { key = unknownKey } = row;
    const loose = isOrdered && !keepsPlace && key > noKey ? { key: looseKey(key) } : {};
    rows.set(row.position, { ...row, ...loose, state: keepsPlace ? "held" : revived, step: 0, dueAtMs });
  }
}

function unblock(rows: ParkedRows): void {
  for (const row of rows.values()) {
    if (row.state === "blocked") put(rows, row, nextDeliveryState("blocked", "unblocked"));
  }
}

const put = (rows: ParkedRows, row: ParkedDelivery, state: string): void => {
  rows.set(row.position, { ...row, state: state as ParkedState });
};
