/** The outbox from Prisma: an event in the business transaction, and gone with it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { pathToFileURL } from "node:url";
import { PrismaPg } from "@prisma/adapter-pg";
import { outboxInsert, outboxInsertWith } from "../../src/sdk/outbox.ts";
import { startPostgres } from "../postgres/a-postgres-server.ts";
import { anOutbox } from "../postgres/an-outbox.ts";

const modules = join(import.meta.dirname, "node_modules");

const schema = `
generator client {
  provider = "prisma-client-js"
  output   = "./generated"
}
datasource db {
  provider = "postgresql"
}
model Business {
  id String @id
  @@map("business")
}
`;

/** What an application has generated: the client of its schema. */
async function generatedClient(folder: string) {
  await symlink(modules, join(folder, "node_modules"));
  await writeFile(join(folder, "schema.prisma"), schema);
  execFileSync(process.execPath, [join(modules, "prisma/build/index.js"), "generate", "--schema", "schema.prisma"], {
    cwd: folder,
    // The engine that changes schemas is not wanted, and would be downloaded.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" },
    stdio: "pipe",
  });
  return (await import(pathToFileURL(join(folder, "generated/index.js")).href)).default;
}

it("Prisma writes events in the transaction that they are about", async (context) => {
  const server = await startPostgres();
  context.after(() => server.remove());
  const folder = await mkdtemp(join(tmpdir(), "trotline-prisma-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const outbox = await anOutbox(context, server);
  await outbox.sql`create table business (id text primary key)`;
  const { Prisma, PrismaClient } = await generatedClient(folder);
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: outbox.url }) });
  context.after(() => prisma.$disconnect());

  const data = { name: 'Zoë\'s "shop" \\ $1 ?', total: 12.5 };
  const whole = {
    id: "evt_whole",
    tenant: "acme",
    type: "order.paid",
    subject: "order/17",
    version: "2",
    occurred_at: "2026-01-31T12:00:00.123Z",
    data,
  };
  await prisma.$transaction(async (tx: typeof prisma) => {
    await tx.business.create({ data: { id: "b_1" } });
    await tx.$executeRaw(outboxInsertWith(Prisma.sql, whole));
  });
  const refusal = new Error("rolled back");
  const lost = prisma.$transaction(async (tx: typeof prisma) => {
    await tx.$executeRaw(outboxInsertWith(Prisma.sql, { id: "evt_lost", type: "a", data: 1 }));
    throw refusal;
  });
  await assert.rejects(lost, refusal);
  const { text, values } = outboxInsert([
    { id: "evt_1", type: "a", data: null },
    { id: "evt_2", type: "a", data: "text" },
  ]);
  await prisma.$transaction([prisma.$executeRawUnsafe(text, ...values)]);

  assert.equal(await outbox.drain(), 3);
  const [first, ...others] = await outbox.events();
  const { occurred_at: occurredAt, ...rest } = whole;
  const expected = { ...rest, position: 1, occurred_at_ms: Date.parse(occurredAt), data: JSON.stringify(data) };
  assert.deepEqual({ ...first }, expected);
  assert.deepEqual(
    others.map(({ id, data: stored }) => [id, stored]),
    [
      ["evt_1", "null"],
      ["evt_2", '"text"'],
    ],
  );
});
