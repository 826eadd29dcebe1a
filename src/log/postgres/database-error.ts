/** What a failure of the database is to those who wanted something of it. */
import { type ErrorCode, TrotlineError } from "../../core/errors.ts";
import type { ShardLease } from "../../core/shard.ts";
import { ShardsLostError } from "../shard-store.ts";

/** Raised by our own functions; the class is one that PostgreSQL leaves to others. */
export const lostState = "TL001";
const movingState = "TL004";
const shardsLostState = "TL003";

/** SQLSTATE, or the code of a failed connection (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
export function stateOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}

/** Nothing of the transaction was done, and the same again may go well. */
export function isWorthAnotherTry(error: unknown): boolean {
  return retried.has(stateOf(error)) || isStalePlan(error);
}

/** A pooler gave the session another connection of its own, which does not know what was prepared. */
export const isUnprepared = (error: unknown): boolean => ["26000", "42P05"].includes(stateOf(error));

/** Of a statement that failed before: the client tries some of those again, and tells why only after the others. */
export const isConsequence = (error: unknown): boolean => stateOf(error) === "25P02";

/** What a replica says to a write. */
export const isReadOnly = (error: unknown): boolean => stateOf(error) === "25006";

/** Another process changed a table that a statement was prepared for. What the server says may be in any language. */
export const isStalePlan = (error: unknown): boolean =>
  stateOf(error) === "0A000" && (error as { routine?: unknown }).routine === "RevalidateCachedQuery";

/** The server, the database or the user may have no further connection. */
export const isTooMany = (error: unknown): boolean => error !== null && stateOf(error) === "53300";

/** Only what it knows is taken: https://www.pgbouncer.org/config.html#ignore_startup_parameters. */
export const isPoolerRefusal = (error: unknown): boolean =>
  /^(08P01|0A000)$/.test(stateOf(error)) && /startup parameter/.test((error as Error).message);

/** Serialization failure, deadlock, a statement that is not, or is already, prepared. */
const retried: ReadonlySet<string> = new Set(["40001", "40P01", "26000", "42P05"]);

const sentences: Readonly<Record<string, string>> = {
  "25006": "The database takes no writes: it is a replica, or was made read-only.",
  "25P03": "The database ended a transaction that waited for us too long.",
  "25P04": "The database ended a transaction that lasted too long.",
  "53300": "The database has no connection left.",
  "55P03": "Something in the database is held by another transaction, too long.",
  "57014": "The database ended a statement that took too long.",
  "57P01": "The database is being stopped.",
  "57P02": "The database has crashed, and starts again.",
  "57P03": "The database is starting or stopping.",
  CONNECTION_CLOSED: "The connection to the database was lost.",
  CONNECTION_DESTROYED: "The connection to the database was lost.",
};

/** While the store is open. */
export function databaseError(error: unknown, isClosed: boolean): TrotlineError {
  if (error instanceof TrotlineError) return error;
  const made = (code: ErrorCode, sentence: string): TrotlineError =>
    new TrotlineError(code, sentence, { cause: withoutValues(error) });
  const state = stateOf(error);
  if (isClosed) return made("shutting-down", "The store is closed.");
  if (state === lostState) return made("store-lost", "Another process has taken the store over.");
  const reason = (error as Error).message;
  if (state === shardsLostState) return new ShardsLostError(leasesIn(error));
  if (state === movingState) return made("store-moving", reason);
  if (state === "53100") return made("store-full", `The database could not grow: ${reason}.`);
  if (/^XX00[12]$/.test(state)) return made("store-unavailable", `The database is damaged: ${reason}.`);
  if (/^E[A-Z]+$/.test(state)) return made("store-unavailable", `The database cannot be reached: ${state}.`);
  // Publishers read it: its reason has names of users and addresses of machines.
  if (/^(28|3D)/.test(state)) return made("store-unavailable", "The database does not let us in.");
  const known = sentences[state];
  if (known !== undefined) return made("store-unavailable", known);
  const told = /^[0-9A-Z]{5}$/.test(state) ? ` (${state})` : "";
  return made("store-unavailable", `The database failed: ${reason}${told}.`);
}

/** Our own function wrote them. */
function leasesIn(error: unknown): ShardLease[] {
  return JSON.parse((error as { readonly detail: string }).detail);
}

/** While it is being opened: whoever starts us can do something about it. `shown` names the database. */
export function openingError(error: unknown, shown: string): TrotlineError {
  const cause = error instanceof TrotlineError ? error.cause : error;
  if (error instanceof TrotlineError && (error.code !== "store-unavailable" || cause === undefined)) return error;
  const state = stateOf(cause);
  const reason = (cause as Error).message;
  const made = (code: ErrorCode, sentence: string): TrotlineError => new TrotlineError(code, sentence, { cause });
  if (/^(28|3D|42501)/.test(state) || /^SASL/.test(state)) {
    return made("store-refused", `The database at ${shown} does not let us in: ${reason}.`);
  }
  if (/^(53300|57P0.|E[A-Z]+|CONNECTION_.*|ERR_.*|DEPTH_ZERO.*|SELF_SIGNED.*|UNABLE_.*|CERT_.*)$/.test(state)) {
    return made("store-unreachable", `The database at ${shown} cannot be reached: ${reason || state}.`);
  }
  if (state === "42704" && /configuration parameter/.test(reason)) {
    return made("config-invalid-value", `A parameter in the URL of \`store\` is not known: ${reason}.`);
  }
  if (state === "25006") return made("store-unfit", `The database at ${shown} is a replica, or was made read-only.`);
  if (/^XX00[12]$/.test(state)) return made("store-corrupt", `The database at ${shown} is damaged: ${reason}.`);
  return error instanceof TrotlineError ? error : databaseError(error, false);
}

/** `detail` and `where` of the server's errors quote rows, and the client keeps parameters: none of it may be logged. */
function withoutValues(error: unknown): Error {
  const { message, stack } = error as Error;
  const bare = Object.assign(new Error(message), { code: stateOf(error) });
  if (stack !== undefined) bare.stack = stack;
  return bare;
}
