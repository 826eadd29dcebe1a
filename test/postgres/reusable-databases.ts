/**
 * Databases that are like a template, used one after the other: to make one costs its server hundreds of files, to put
 * one back a few statements. What was put back is compared with the template, and where it is not the same, dropped.
 */
import postgres from "postgres";
import type { PostgresServer } from "./a-postgres-server.ts";

interface Contents {
  /** Tables, partitions, indexes and sequences of the schema. */
  readonly relations: string;
  /** The rows of each table as JSON; null where it is empty. */
  readonly rows: ReadonlyMap<string, string | null>;
  readonly sequences: ReadonlyMap<string, { readonly last: string; readonly isCalled: boolean }>;
}

const schema = "trotline";

export class ReusableDatabases {
  readonly #server: PostgresServer;
  readonly #template: string;
  readonly #free: string[] = [];
  readonly #connections = new Map<string, postgres.Sql>();
  #original: Contents | null = null;

  /** Nobody is connected to the template, or writes to it. */
  constructor(server: PostgresServer, template: string) {
    this.#server = server;
    this.#template = template;
  }

  /** Its name. */
  async take(): Promise<string> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const name = `again_${this.#connections.size + 1}_${process.pid}`;
    await this.#server.createDatabase(name, this.#template);
    const sql = postgres(this.#server.url(name), { max: 1, onnotice: () => {} });
    this.#connections.set(name, sql);
    this.#original ??= await contentsOf(sql);
    return name;
  }

  /** Nobody writes to it any more. */
  async giveBack(name: string): Promise<void> {
    const [sql, original] = [this.#connections.get(name), this.#original];
    if (sql === undefined || original === null) throw new Error(`${name} was not taken.`);
    await putBack(sql, original);
    if (JSON.stringify(asList(await contentsOf(sql))) === JSON.stringify(asList(original))) {
      this.#free.push(name);
      return;
    }
    await sql.end();
    await this.#server.dropDatabase(name);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((sql) => sql.end({ timeout: 1 })));
  }
}

async function relationsOf(sql: postgres.Sql, kinds = "%"): Promise<string[]> {
  const rows = await sql`
    SELECT relname FROM pg_class WHERE relnamespace = ${schema}::regnamespace AND relkind::text LIKE ${kinds}
    ORDER BY relname`;
  return rows.map(({ relname }) => relname);
}

async function contentsOf(sql: postgres.Sql): Promise<Contents> {
  const ofTable = (name: string): string =>
    `SELECT '${name}' AS name, (SELECT json_agg(r ORDER BY r::text)::text FROM ${schema}."${name}" AS r) AS rows`;
  const rows = await sql.unsafe((await relationsOf(sql, "r")).map(ofTable).join(" UNION ALL "));
  const sequences = await sql`
    SELECT sequencename AS name, last_value, start_value FROM pg_sequences WHERE schemaname = ${schema}
    ORDER BY sequencename`;
  return {
    relations: (await relationsOf(sql)).join(" "),
    rows: new Map(rows.map((row) => [row.name, row.rows])),
    sequences: new Map(
      sequences.map((row) => [
        row.name,
        { last: row.last_value ?? row.start_value, isCalled: row.last_value !== null },
      ]),
    ),
  };
}

async function putBack(sql: postgres.Sql, { rows, sequences }: Contents): Promise<void> {
  const deletions = (await relationsOf(sql, "r")).map((table) =>
    // A partition that was made since, or one of the template.
    rows.has(table) ? `DELETE FROM ${schema}."${table}";` : `DROP TABLE ${schema}."${table}";`,
  );
  const restarts = [...sequences].map(
    ([name, { last, isCalled }]) => `SELECT setval('${schema}."${name}"', ${last}, ${isCalled});`,
  );
  await sql.unsafe([...deletions, ...restarts].join("\n")).simple();
  for (const [table, json] of rows) {
    if (json === null) continue;
    await sql.unsafe(
      `INSERT INTO ${schema}."${table}" OVERRIDING SYSTEM VALUE
      SELECT * FROM json_populate_recordset(NULL::${schema}."${table}", $1::text::json)`,
      [json],
    );
  }
}

const asList = ({ relations, rows, sequences }: Contents): unknown => [relations, [...rows], [...sequences]];
