/** A part of the composition root: this process among those that share its store. */
import type { AppOptions } from "./app-options.ts";
import { TrotlineError } from "./core/errors.ts";
import { makeId } from "./core/ids.ts";
import type { Clock, Logger, Random } from "./core/ports.ts";
import { type ClusterProcess, type ProcessRole, processRoles } from "./core/shard.ts";
import type { Store } from "./log/store.ts";
import type { Dispatcher } from "./outbound/dispatch.ts";
import type { HeldShards } from "./outbound/held-shards.ts";
import { ShardRounds } from "./outbound/shard-rounds.ts";
import { hostAndProcess } from "./platform/process-name.ts";
import { ConfigurationWatch } from "./registry/configuration-watch.ts";

export interface ClusterParts {
  readonly store: Store;
  readonly shards: HeldShards;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Refuses with `config-invalid-value` where no other process can do what this one is not to. */
export function thisProcess(options: AppOptions, { clock, random, store }: ClusterParts): ClusterProcess {
  const { roles = processRoles } = options;
  if (store.shards.count === 1) requireWhole(roles);
  const startedAtMs = clock.wallMs();
  const id = makeId("prc", startedAtMs, random.bytes(16));
  return { id, name: options.processName ?? hostAndProcess(), startedAtMs, roles };
}

/** What a process has to be that owns its store. */
export function requireWhole(roles: readonly ProcessRole[]): void {
  const missing = processRoles.filter((role) => !roles.includes(role));
  if (missing.length === 0) return;
  const detail =
    `\`roles\` leaves out ${missing.map((role) => `\`${role}\``).join(", ")}, and nobody else can do that: ` +
    "one process owns a store in a folder or in memory. With a PostgreSQL `store`, processes share the work.";
  throw new TrotlineError("config-invalid-value", detail, { field: "roles" });
}

/** To be made before anything is loaded, and begun after; undefined where one process owns the store. */
export async function watchConfiguration(parts: ClusterParts): Promise<ConfigurationWatch | undefined> {
  const { store, clock, logger } = parts;
  const { changes, pulse } = store;
  return changes === undefined ? undefined : ConfigurationWatch.open({ changes, pulse, clock, logger });
}

/** From now on this process takes its share of the shards. Rejects where it is alone and cannot read what is stored. */
export async function beginRounds(parts: ClusterParts, process: ClusterProcess, dispatcher: Dispatcher) {
  const { store, shards, clock, logger } = parts;
  const join = (gained: Parameters<Dispatcher["join"]>[0]): Promise<void> => dispatcher.join(gained);
  const rounds = new ShardRounds({ store: store.shards, shards, process, clock, logger, join });
  // Somebody gave shards back, or went.
  store.pulse?.listen("shards", () => rounds.soon());
  store.onLost?.((error) => {
    // What its lanes would write is about events that are there no more. A newer program's log is still the same.
    if (!(error instanceof TrotlineError && error.code === "store-newer")) rounds.abandon();
  });
  await rounds.start();
  return rounds;
}
