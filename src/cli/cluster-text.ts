/** The processes that share a store, for people: a table, and in words what is wrong. */
import type { Cluster, ClusterProcess, FreeShards } from "../sdk/wire.ts";
import { type Column, tableText } from "./table.ts";

/** A process tells the store of itself three times in the time of its lease. */
const roundsPerLease = 3;
/** What is behind for longer than this is not just being offered. */
const lagAgeMsMax = 5000;
/** In so many readings one after the other: then it is not a burst. */
const readingsUntilGrowing = 5;
const rolesTotal = 3;

interface Row extends FreeShards {
  readonly name: string;
  readonly process: ClusterProcess | null;
}

const columns: readonly Column<Row>[] = [
  { title: "PROCESS", of: ({ name }) => name },
  { title: "ROLES", of: ({ process }) => process && rolesText(process) },
  { title: "UP SINCE", of: ({ process }) => process?.started_at.replace(/\.\d+Z$/, "Z") },
  { title: "HEARD OF", of: ({ process }) => process && agoText(process.silent_ms) },
  { title: "SHARDS", of: ({ shards }) => shards },
  { title: "LAG", of: ({ shards, lag_events: lag }) => (shards === 0 ? null : lag) },
  { title: "ID", of: ({ process }) => process?.id },
];

const rolesText = ({ roles }: ClusterProcess): string => (roles.length === rolesTotal ? "all" : roles.join(","));
const agoText = (timeMs: number): string => `${(timeMs / 1000).toFixed(1)}s ago`;
const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** `before`: what was read just before, oldest first, where it is read again and again. */
export function clusterText(cluster: Cluster, frame: { readonly width: number; readonly before: readonly Cluster[] }) {
  const rows: Row[] = cluster.processes.map((process) => ({ ...process, process }));
  if (cluster.free.shards > 0) rows.push({ ...cluster.free, name: "(nobody)", process: null });
  const { title, rows: text } = tableText(rows, columns, { width: frame.width, widthsBefore: null });
  const troubles = troublesOf(cluster, frame.before);
  const sentences = troubles.length === 0 ? [wellText(cluster)] : troubles;
  return { title: title ?? "", rows: text, sentences };
}

function wellText({ head_position: head, oldest_undispatched: oldest }: Cluster): string {
  if (oldest === null) return `Every event was offered to every endpoint, up to position ${head}.`;
  return `The oldest event that is not offered to every endpoint yet came ${agoText(oldest.age_ms)}.`;
}

function troublesOf(cluster: Cluster, before: readonly Cluster[]): string[] {
  const { processes, free, oldest_undispatched: oldest } = cluster;
  const troubles = processes.flatMap((process) => silenceOf(process, cluster.lease_ms) ?? []);
  const delivers = processes.some(({ roles }) => roles.includes("deliver"));
  if (!delivers) troubles.push("No process has the role `deliver`: nothing is sent.");
  if (free.shards > 0 && delivers) {
    troubles.push(
      `${countOf(free.shards, "shard")} without a process: nothing is sent to their endpoints. ` +
        "The others take them over within a third of a lease, if they reach the database.",
    );
  }
  if (oldest !== null && oldest.age_ms > lagAgeMsMax) {
    troubles.push(
      `The oldest event that is not offered to every endpoint came ${agoText(oldest.age_ms)}, at position ${oldest.position}.`,
    );
  }
  for (const process of processes) {
    if (isGrowing(process, before)) troubles.push(`The lag of ${process.name} grows: ${process.lag_events} events.`);
  }
  return troubles;
}

function silenceOf({ name, silent_ms: silentMs, shards }: ClusterProcess, leaseMs: number | null): string | null {
  // A round is late a moment after a third of a lease; half of one is a round that failed.
  if (leaseMs === null || silentMs <= (leaseMs * 1.5) / roundsPerLease) return null;
  const seconds = (silentMs / 1000).toFixed(0);
  if (silentMs > leaseMs) return `${name} was not heard of for ${seconds} s: its lease has run out.`;
  const left = ((leaseMs - silentMs) / 1000).toFixed(0);
  return `${name} was not heard of for ${seconds} s: others take its ${countOf(shards, "shard")} over in ${left} s.`;
}

function isGrowing({ id, lag_events: lag }: ClusterProcess, before: readonly Cluster[]): boolean {
  const lags = before.slice(-readingsUntilGrowing).map(({ processes }) => processes.find((other) => other.id === id));
  if (lags.length < readingsUntilGrowing) return false;
  const all = [...lags.map((process) => process?.lag_events ?? Number.POSITIVE_INFINITY), lag];
  return all.every((value, index) => index === 0 || value > (all[index - 1] ?? 0));
}
