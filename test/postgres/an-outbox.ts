/** An outbox in a database of its own, moved by hand, for tests: `drain` moves what is there now. */
import type { TestContext } from "node:test";
import postgres from "postgres";
import { Database } from "../../src/log/postgres/database.ts";
import { migrate } from "../../src/log/postgres/migrate.ts";
import { moveOutboxPage } from "../../src/log/postgres/outbox-page.ts";
import { silent } from "../conformance/store-kinds.ts";
import type { PostgresServer } from "./a-postgres-server.ts";

export interface LoggedEvent {
  readonly position: number;
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly subject: string | null;
  readonly version: string | null;
  readonly occurred_at_ms: number;
  readonly data: string;
}

interface Refusal {
  readonly id: string;
  readonly type: string;
  readonly code: string;
  readonly detail: string;
  readonly data: string;
}

export interface TestOutbox {
  readonly url: string;
  readonly sql: postgres.Sql;
  readonly database: Database;
  /** One page. */
  move(): ReturnType<typeof moveOutboxPage>;
  /** Page by page, until a page holds the rest. Answers how many events were stored. */
  drain(): Promise<number>;
  /** Of the log, by position. */
  events(): Promise<LoggedEvent[]>;
  refused(): Promise<Refusal[]>;
  /** How many tables of the ring it emptied, and how many still hold rows. */
  rotate(): Promise<{ emptied: number; kept: number }>;
}

const templates = new WeakMap<PostgresServer, Promise<string>>();
let made = 0;

async function makeTemplate(server: PostgresServer): Promise<string> {
  const url = await server.createDatabase("outbox_template");
  const database = new Database({ url, logger: silent });
  await migrate(database);
  await database.close();
  return "outbox_template";
}

export const outboxRules = { eventBytesMax: 10_000, check: () => {} };

export async function anOutbox(
  context: Pick<TestContext, "after">,
  server: PostgresServer,
  rules: Parameters<typeof moveOutboxPage>[1] = outboxRules,
): Promise<TestOutbox> {
  const template = templates.get(server) ?? makeTemplate(server);
  templates.set(server, template);
  made += 1;
  const url = await server.createDatabase(`outbox_${made}`, await template);
  const sql = postgres(url, { onnotice: () => {}, max: 40, types: { bigint: bigintAsNumber } });
  const database = new Database({ url, logger: silent });
  context.after(async () => {
    await sql.end({ timeout: 1 });
    await database.close();
  });
  const move = () => moveOutboxPage(database.run, rules, () => ({ head: 0, nowMs: Date.now() }));
  return {
    url,
    sql,
    database,
    move,
    drain: async () => {
      let stored = 0;
      for (;;) {
        const page = await move();
        stored += page.stored;
        if (!page.more) return stored;
      }
    },
    events: async () =>
      await sql`select position, id, tenant, type, subject, version, occurred_at_ms, convert_from(data, 'UTF8') as data
        from trotline.events order by position`,
    refused: async () => [
      ...(await sql<Refusal[]>`select id, type, code, detail, data from trotline.outbox_refused order by refusal`),
    ],
    rotate: async () => (await database.run("outbox-rotate", [1e9, 1e9]))[0] as { emptied: number; kept: number },
  };
}

const bigintAsNumber = { to: 20, from: [20], parse: Number, serialize: String };
