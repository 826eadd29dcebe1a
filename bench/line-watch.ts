/**
 * How long the log's line is held by whoever appends, from taking it until it is free again, which is after the commit
 * is on disk. Looked at from outside: in the bench's own database, the functions of the store are given a look at the
 * clock (what is noted is not written to the log of PostgreSQL), and a session that does nothing else stands in the
 * line as one more, and lets go of it at once: when it has its turn, the line was given back.
 */
import type postgres from "postgres";
import { quantile } from "./figure.ts";
import { connect } from "./pg-server.ts";
import type { Resources } from "./resources.ts";

const lineKey = "8390891601570393701";

/** Text of a function of the store, and what it becomes. */
const looks = [
  {
    name: "lock_log",
    from: `PERFORM pg_advisory_xact_lock(${lineKey});`,
    to: `PERFORM set_config('bench.asked', extract(epoch FROM clock_timestamp())::text, true);
      PERFORM pg_advisory_xact_lock(${lineKey});
      PERFORM set_config('bench.taken', extract(epoch FROM clock_timestamp())::text, true);`,
  },
  {
    name: "append_events",
    from: "outcome := 'stored';",
    to: `outcome := 'stored';
      INSERT INTO bench.groups VALUES (current_setting('bench.asked')::float8, current_setting('bench.taken')::float8,
        extract(epoch FROM clock_timestamp()), cardinality(types));`,
  },
] as const;

const tables = `
  CREATE SCHEMA bench;
  CREATE UNLOGGED TABLE bench.groups (asked float8, taken float8, done float8, events integer);
  CREATE UNLOGGED TABLE bench.turns (asked float8, taken float8);
  CREATE UNLOGGED TABLE bench.watching (is_on boolean);
  INSERT INTO bench.watching VALUES (true);
  CREATE PROCEDURE bench.watch(pause float8) LANGUAGE plpgsql AS $$
  DECLARE
    asked float8;
    taken float8;
  BEGIN
    WHILE (SELECT is_on FROM bench.watching) LOOP
      asked := extract(epoch FROM clock_timestamp());
      PERFORM pg_advisory_lock(${lineKey});
      taken := extract(epoch FROM clock_timestamp());
      PERFORM pg_advisory_unlock(${lineKey});
      IF taken - asked > 0.0001 THEN INSERT INTO bench.turns VALUES (asked, taken); END IF;
      COMMIT;
      PERFORM pg_sleep(pause);
    END LOOP;
  END $$;`;

/** Between two turns of the watcher, while the line is free. */
const pauseSeconds = 0.0002;

export interface Held {
  readonly ms: number;
  /** Of it, until the function has done its work; the rest is the commit. */
  readonly workMs: number;
  readonly events: number;
}

export interface LineWatch {
  /** From now on, as long as `during` runs: how long each group had the line, and which share of the time anybody had. */
  watch(during: () => Promise<unknown>): Promise<{ readonly groups: readonly Held[]; readonly share: number }>;
}

export async function lineWatch(url: string, resources: Resources): Promise<LineWatch> {
  const sql = connect(url, resources);
  await sql.unsafe(tables);
  for (const { name, from, to } of looks) {
    const [row] = await sql`SELECT pg_get_functiondef(('trotline.' || ${name})::regproc) AS text`;
    const text = String(row?.text);
    if (!text.includes(from)) throw new Error(`trotline.${name} is not as it was: ${from}`);
    await sql.unsafe(text.replace(from, () => to));
  }
  return { watch: (during) => watch(url, { sql, resources }, during) };
}

async function watch(
  url: string,
  { sql, resources }: { readonly sql: postgres.Sql; readonly resources: Resources },
  during: () => Promise<unknown>,
) {
  await sql`TRUNCATE bench.groups, bench.turns`;
  await sql`UPDATE bench.watching SET is_on = true`;
  const watcher = connect(url, resources);
  const watching = watcher`CALL bench.watch(${pauseSeconds})`.execute();
  try {
    await during();
  } finally {
    await sql`UPDATE bench.watching SET is_on = false`;
    await watching;
    await watcher.end();
  }
  return heldIn(
    await sql<Group[]>`SELECT * FROM bench.groups ORDER BY taken`,
    await sql<Turn[]>`SELECT * FROM bench.turns ORDER BY taken`,
  );
}

interface Turn {
  readonly asked: number;
  readonly taken: number;
}

interface Group extends Turn {
  readonly done: number;
  readonly events: number;
}

/** A group had the line until the first took it who stood there already when its work was done. */
function heldIn(groups: readonly Group[], turns: readonly Turn[]): { groups: Held[]; share: number } {
  const takers: Turn[] = [...groups, ...turns].sort((left, right) => left.taken - right.taken);
  const held: Held[] = [];
  let next = 0;
  for (const group of groups) {
    while (next < takers.length && (takers[next] as Turn).taken <= group.taken) next += 1;
    const taker = takers[next];
    if (taker === undefined || taker.asked > group.done) continue;
    const ms = (taker.taken - group.taken) * 1000;
    held.push({ ms, workMs: (group.done - group.taken) * 1000, events: group.events });
  }
  const seconds = (groups.at(-1)?.taken ?? 0) - (groups[0]?.taken ?? 0);
  const heldMs = held.reduce((sum, { ms }) => sum + ms, 0);
  // Of those whose end nobody saw, the mean is taken.
  return { groups: held, share: (heldMs / held.length) * (groups.length / (seconds * 1000)) };
}

export const ofHeld = (groups: readonly Held[], share: number, of: (held: Held) => number): number =>
  quantile(groups.map(of), share);
