/** A reader of the feed whose log is put back to an older copy: told so, and shown where nothing of it is missed. */
import assert from "node:assert/strict";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { inFolder } from "../conformance/store-kinds.ts";
import { anEvent, aServer, type TestServer } from "../flows/a-server.ts";

const adminKey = "trot_of_a_log_that_is_restored";

/** Runs a server on the folder until `use` has ended. */
async function whileServing(folder: string, use: (server: TestServer) => Promise<void>): Promise<void> {
  const closers: (() => unknown)[] = [];
  const context = { after: (close: () => unknown) => void closers.push(close) } as Pick<TestContext, "after">;
  const server = await aServer(context, { app: { store: { folder, bytesMax: null }, adminKey } });
  try {
    await use(server);
  } finally {
    for (const close of closers) await close();
  }
}

const eventsNamed = (prefix: string, count: number): object[] =>
  Array.from({ length: count }, (_, number) => anEvent({ id: `${prefix}${number}` }));

it("a cursor from beyond the copy is answered 409, and from `resume` on nothing of the log is missed", () =>
  inFolder(async (folder) => {
    const file = join(folder, "trotline.db");
    const copy = join(folder, "copy.db");
    let within = "";
    let beyond = "";
    await whileServing(folder, async ({ ask }) => {
      within = (await ask("POST /v1/events", { body: eventsNamed("kept", 3) })).body.data[2].cursor;
    });
    await copyFile(file, copy);
    await whileServing(folder, async ({ ask }) => {
      beyond = (await ask("POST /v1/events", { body: eventsNamed("lost", 2) })).body.data[1].cursor;
      assert.equal((await ask(`GET /v1/events?after=${beyond}`)).status, 200);
    });
    for (const suffix of ["", "-wal", "-shm"]) await rm(`${file}${suffix}`, { force: true });
    await copyFile(copy, file);
    await whileServing(folder, async ({ ask }) => {
      await ask("POST /v1/events", { body: eventsNamed("new", 4) });
      const idsAfter = async (cursor: string): Promise<string[]> =>
        (await ask(`GET /v1/events?after=${cursor}`)).body.data.map(({ id }: { id: string }) => id);
      const refused = await ask(`GET /v1/events?after=${beyond}`);
      assert.equal(refused.status, 409);
      assert.equal(refused.body.code, "cursor-forked");
      assert.deepEqual(await idsAfter(refused.body.resume), ["new0", "new1", "new2", "new3"]);
      assert.deepEqual(await idsAfter(within), ["new0", "new1", "new2", "new3"]);
    });
  }));
