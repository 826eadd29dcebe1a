import { Counter, Gauge, type Registry as PrometheusRegistry } from "prom-client";
import type { ClusterProcess } from "../core/shard.ts";

/** What this process has of the shards that processes share. */
export interface ClusterReadings {
  readonly process: ClusterProcess;
  readonly shardsHeld: number;
  /** Without having been given back. */
  readonly shardsLost: number;
  /** From what was offered to the lanes of all of them to the head of the log. */
  readonly lagEvents: number;
  /** By what came of them. */
  readonly rounds: Readonly<Record<"renewed" | "failed", number>>;
}

/** Which process this is among those that share its store, and how it holds its shards. */
export function showCluster(registry: PrometheusRegistry, read: () => ClusterReadings): void {
  const registers = [registry];
  const info = new Gauge({
    name: "trotline_process_info",
    help: "Always 1: which process this is, as `trotline cluster` calls it, and its roles.",
    labelNames: ["process", "name", "roles"],
    registers,
    collect(): void {
      const { id, name, roles } = read().process;
      info.labels(id, name, roles.join(",")).set(1);
    },
  });
  const gauge = (name: string, help: string, of: (now: ClusterReadings) => number): void => {
    const collect = function collect(this: Gauge): void {
      this.set(of(read()));
    };
    new Gauge({ name: `trotline_${name}`, help, registers, collect });
  };
  gauge("shards_held", "Shards whose lanes this process runs, or is about to.", (now) => now.shardsHeld);
  gauge(
    "dispatch_lag_events",
    "From what was offered to the lanes of all shards of this process to the head of the log.",
    (now) => now.lagEvents,
  );
  const rounds = new Counter({
    name: "trotline_shard_rounds_total",
    help: "Rounds in which this process renewed its leases, by outcome.",
    labelNames: ["outcome"],
    registers,
    collect(): void {
      this.reset();
      for (const [outcome, count] of Object.entries(read().rounds)) rounds.labels(outcome).inc(count);
    },
  });
  new Counter({
    name: "trotline_shards_lost_total",
    help: "Shards that this process lost without giving them back: its lease had run out.",
    registers,
    collect(): void {
      this.reset();
      this.inc(read().shardsLost);
    },
  });
}
