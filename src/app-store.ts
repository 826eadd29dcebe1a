/** A part of the composition root: which store the app works on. */
import type { Clock, Logger } from "./core/ports.ts";
import { openMemoryStore } from "./log/memory/store.ts";
import type { PostgresStoreOptions } from "./log/postgres/store.ts";
import { openSqliteStore } from "./log/sqlite/store.ts";
import type { Store } from "./log/store.ts";

/** The folder of the SQLite store, a database of PostgreSQL's, or `memory`: nothing is kept then. */
export type StorePlace = { readonly folder: string; readonly bytesMax: number | null } | PostgresPlace | "memory";

/** A database of PostgreSQL's, and how this process comes to work on it. */
export type PostgresPlace = Omit<PostgresStoreOptions, "clock" | "logger">;

export async function openStore(place: StorePlace, parts: { clock: Clock; logger: Logger }): Promise<Store> {
  if (place === "memory") return openMemoryStore(parts);
  if ("url" in place) {
    // Loaded where it is wanted: its client takes time and memory that a store in a folder need not spend.
    const { openPostgresStore } = await import("./log/postgres/store.ts");
    return openPostgresStore({ ...place, ...parts });
  }
  const { folder, bytesMax } = place;
  return openSqliteStore({ folder, ...(bytesMax === null ? {} : { bytesMax }), ...parts });
}
