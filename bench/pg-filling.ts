/** Fills a log on PostgreSQL faster than anybody publishes: by the store's own functions, without a server. */
import type postgres from "postgres";
import { orderData } from "./events.ts";
import type { Bench } from "./figure.ts";
import { connect, startPgServer } from "./pg-server.ts";
import type { Resources } from "./resources.ts";

const dataBytes = 200;
/** As many as share a transaction. */
const groupEvents = 10_000;
const idChoices = 1000;

/** Ids as the server makes them: ten digits of the time, and sixteen by chance. */
const procedure = `
  CREATE OR REPLACE PROCEDURE public.fill(total bigint, group_events integer, data bytea) LANGUAGE plpgsql AS $$
  DECLARE
    digits constant text := '0123456789abcdefghjkmnpqrstvwxyz';
    now_ms double precision;
    time_digits text;
    place trotline.log_place;
  BEGIN
    WHILE total > 0 LOOP
      now_ms := floor(extract(epoch FROM clock_timestamp()) * 1000);
      SELECT string_agg(substr(digits, 1 + ((now_ms::bigint >> (5 * n)) & 31)::integer, 1), '' ORDER BY n DESC)
      INTO time_digits FROM generate_series(0, 9) AS n;
      place := trotline.put_events(trotline.lock_log(0, now_ms), ARRAY(
        SELECT ROW('default', 'evt_' || time_digits || substr(replace(gen_random_uuid()::text, '-', ''), 1, 16),
          'bench.backlog', NULL, NULL, now_ms, data, NULL)::trotline.new_event
        FROM generate_series(1, least(total, group_events))
      ));
      total := total - group_events;
      COMMIT;
    END LOOP;
  END $$`;

/** Makes the schema, which is the server's to do. */
export async function migrated(bench: Bench, resources: Resources, url: string): Promise<void> {
  await resources.scope((inner) => startPgServer(bench, inner, { url }));
}

/** Until the log has so many events; nobody may be reading it. */
export async function fillTo(events: number, url: string, resources: Resources): Promise<void> {
  await resources.scope(async (inner) => {
    const sql = connect(url, inner);
    await sql.unsafe(procedure);
    const missing = events - (await headOf(sql));
    await sql`CALL public.fill(${missing}, ${groupEvents}, ${Buffer.from(orderData(dataBytes))})`;
    // What would be done of itself some seconds later, in the middle of a measurement.
    await sql`VACUUM (ANALYZE) trotline.events, trotline.event_ids`;
    await sql`CHECKPOINT`;
  });
}

/** Some ids from all over the log, but for so many events at its end. */
export async function someIds(url: string, resources: Resources, fromEnd: number): Promise<readonly string[]> {
  return resources.scope(async (inner) => {
    const sql = connect(url, inner);
    const beyond = (await headOf(sql)) - fromEnd;
    const positions = Array.from({ length: idChoices }, () => 1 + Math.floor(Math.random() * beyond));
    const rows = await sql`SELECT id FROM trotline.events WHERE position = ANY (${positions}) ORDER BY random()`;
    return rows.map(({ id }) => String(id));
  });
}

async function headOf(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`SELECT coalesce(max(position), 0)::float8 AS head FROM trotline.events`;
  return Number(row?.head);
}
