/** The examples of docs/outbox.md: the TypeScript compiles with the clients' own types, the SQL runs as it stands. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { startPostgres } from "../postgres/a-postgres-server.ts";
import { anOutbox } from "../postgres/an-outbox.ts";
import { assertCompile, examplesOf } from "./typescript-examples.ts";

const root = join(import.meta.dirname, "../..");
const page = "docs/outbox.md";

it("the TypeScript of docs/outbox.md compiles as it stands", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "trotline-outbox-examples-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const examples = await examplesOf(page);
  assert.equal(examples.length, 4);
  await assertCompile(folder, examples, { paths: { "trotline/*": ["src/sdk/*.ts"] } });
});

it("the SQL of docs/outbox.md does what it says", async (context) => {
  const server = await startPostgres();
  context.after(() => server.remove());
  const { sql, drain, events, refused } = await anOutbox(context, server);
  await sql.unsafe("create role my_application; create table orders (id int, paid boolean)");
  const text = await readFile(join(root, page), "utf8");
  const blocks = [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const [write = "", grant = "", list = "", again = ""] = blocks;
  assert.equal(blocks.length, 4);
  const connection = await sql.reserve();
  for (const block of [write, grant]) await connection.unsafe(block).simple();
  connection.release();
  await sql`insert into trotline.outbox_refused (code, detail, number, inserted_at, id, tenant, type, data)
    values ('data-invalid', 'It was wrong.', 1, now(), 'evt_again', 'default', 'a', '1')`;
  const [listed] = await sql.unsafe(list);
  assert.equal(listed?.detail, "It was wrong.");
  await sql.unsafe(again);
  assert.equal(await drain(), 2);
  assert.deepEqual(
    (await events()).map(({ type, subject, data }) => [type, subject, data]),
    [
      ["order.paid", "order/17", '{"total": 4200}'],
      ["a", null, "1"],
    ],
  );
  assert.deepEqual(await refused(), []);
});
