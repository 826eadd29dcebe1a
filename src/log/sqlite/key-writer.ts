import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { KeyRecord } from "../../core/key.ts";
import type { RegistryChange } from "./group.ts";
import { prepare, type Row } from "./sql.ts";

type KeyChange = Extract<RegistryChange, { readonly do: "putKey" | "removeKey" | "noteKeyUses" }>;

/** The part of the writer that stores keys. */
export class KeyWriter {
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #used: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = prepare(database, "key-put");
    this.#remove = prepare(database, "key-remove");
    this.#used = prepare(database, "key-used");
  }

  /** Inside the group's transaction. */
  apply(change: KeyChange): void {
    if (change.do === "putKey") this.#putKey(change.key);
    else if (change.do === "removeKey") this.#remove.run(change.id);
    else for (const { id, atMs } of change.uses) this.#used.run(atMs, id);
  }

  #putKey(key: KeyRecord): void {
    this.#put.run(
      key.id,
      key.name,
      key.hash,
      JSON.stringify(key.scopes),
      key.tenant,
      key.createdAtMs,
      key.expiresAtMs,
      key.rotatedAtMs,
      key.previous?.hash ?? null,
      key.previous?.untilMs ?? null,
      key.lastUsedAtMs,
    );
  }
}

/** A key, by the columns of sql/keys-all.sql. */
export function keyOf(row: Row): KeyRecord {
  const [id, name, hash, scopes, tenant, createdAtMs, expiresAtMs, ...rest] = row;
  const [rotatedAtMs, previousHash, previousUntilMs, lastUsedAtMs] = rest;
  return {
    id: String(id),
    name: String(name),
    hash: String(hash),
    scopes: JSON.parse(String(scopes)),
    tenant: tenant as string | null,
    createdAtMs: Number(createdAtMs),
    expiresAtMs: expiresAtMs as number | null,
    rotatedAtMs: rotatedAtMs as number | null,
    previous: previousHash === null ? null : { hash: String(previousHash), untilMs: Number(previousUntilMs) },
    lastUsedAtMs: lastUsedAtMs as number | null,
  };
}
