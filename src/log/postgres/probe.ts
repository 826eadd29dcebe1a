/** Whether a server can hold a store: asked at each start, before anything is written. */
import { TrotlineError } from "../../core/errors.ts";
import { sessionRules } from "./connections.ts";
import type { Database } from "./database.ts";

/** `pg_current_snapshot` and `xid8`, which the outbox needs, came with 13; 14 is the oldest that was tried. */
const versionMin = 140_000;

export interface ProbeRule {
  /** False: a server that says that it does not wait for its disk is believed to be durable all the same. */
  readonly checksDurability: boolean;
}

/** Rejects with `store-unfit` and `store-not-durable`. */
export async function requireFitServer(database: Database, { checksDurability }: ProbeRule): Promise<void> {
  const [facts] = await database.run("probe-facts");
  if (facts === undefined) throw unfit("The database does not answer a question.");
  if (Number(facts.version) < versionMin) {
    throw unfit(`The server is PostgreSQL ${facts.shown_version}; 14 is the oldest that is taken.`);
  }
  if (facts.is_replica === true) throw unfit("The server is a replica, which takes no writes.");
  if (facts.encoding !== "UTF8") {
    throw unfit(`The encoding of the database is ${facts.encoding}: it has to be UTF8, in which all text can be kept.`);
  }
  if (facts.is_read_only === true) throw unfit("The database is read-only for this user.");
  requireSessionRules(facts);
  if (checksDurability) requireDurability(facts);
  if (!(await locksLock(database))) {
    throw unfit("Its advisory locks do not lock, and the order of events stands on them.");
  }
}

/** Sessions begin with them; a pooler may have refused to pass them on. */
function requireSessionRules(facts: Readonly<Record<string, unknown>>): void {
  for (const [setting, needed] of Object.entries(sessionRules)) {
    if (facts[setting] === needed) continue;
    throw unfit(`Behind the pooler, sessions have \`${setting} = ${facts[setting]}\`; it has to be \`${needed}\`.`);
  }
}

function requireDurability(facts: Readonly<Record<string, unknown>>): void {
  for (const setting of ["fsync", "synchronous_commit"]) {
    if (facts[setting] !== "off") continue;
    const detail = `The server runs with \`${setting} = off\`: what it has committed may be lost with its machine.`;
    throw new TrotlineError("store-not-durable", detail);
  }
}

/** Some engines that speak PostgreSQL's language take advisory locks and hold nobody off with them. */
async function locksLock(database: Database): Promise<boolean> {
  const number = Math.floor(Math.random() * 2 ** 52);
  return database.transaction(async (run) => {
    await run("probe-hold", [number]);
    const [row] = await database.run("probe-try", [number]);
    return row?.was_had === false;
  });
}

const unfit = (sentence: string): TrotlineError => new TrotlineError("store-unfit", sentence);
