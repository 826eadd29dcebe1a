/** Processes that start at the very same moment on a database that is empty. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import postgres from "postgres";
import { startPostgres } from "../postgres/a-postgres-server.ts";
import { startServerProcess } from "./a-server-process.ts";

it("five that start at once make one schema and one first key, and all serve", async (context) => {
  const database = await startPostgres();
  context.after(() => database.remove());
  const folder = await mkdtemp(join(tmpdir(), "trotline-start-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const url = await database.createDatabase("empty");
  const flags = ["--store", url, "--store-durability", "trusted"];
  const starting = Array.from({ length: 5 }, () => startServerProcess(folder, flags, null));
  const servers = await Promise.all(starting);
  context.after(() => Promise.all(servers.map((server) => server.kill())));
  const keys = servers.flatMap((server) => [...server.output().matchAll(/^ {2}(trot_\S+)$/gm)].map(([, key]) => key));
  assert.equal(keys.length, 1, "not one of them printed a key");
  for (const { url: address } of servers) {
    const response = await fetch(`${address}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${keys[0]}`, "content-type": "application/json" },
      body: JSON.stringify({ type: "start.test", data: 1 }),
    });
    assert.equal(response.status, 201, await response.text());
  }
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const rows = await sql`SELECT position::int FROM trotline.events ORDER BY position`;
  await sql.end();
  assert.deepEqual(
    rows.map(({ position }) => position),
    [1, 2, 3, 4, 5],
  );
  assert.deepEqual(await Promise.all(servers.map((server) => server.stop())), [0, 0, 0, 0, 0]);
});
