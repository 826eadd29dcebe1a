/** Connections to PostgreSQL that end with an error while somebody goes on asking, or that are fewer than wanted. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, it, type TestContext } from "node:test";
import { Connection } from "../../src/log/postgres/connection.ts";
import { Database } from "../../src/log/postgres/database.ts";
import { parseStoreUrl } from "../../src/log/postgres/store-url.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";

let server: PostgresServer;

before(async () => {
  server = await startPostgres();
});
after(() => server.remove());

/** A connection that `reset` ends as a machine does which knows nothing of it: with an error. */
async function aConnection(context: TestContext): Promise<{ connection: Connection; reset: () => void }> {
  const sockets: Socket[] = [];
  const between = createServer((socket) => {
    const other = connect(server.port, "127.0.0.1");
    for (const end of [socket, other]) end.on("error", () => other.destroy());
    socket.pipe(other).pipe(socket);
    sockets.push(socket);
  });
  between.listen(0, "127.0.0.1");
  await once(between, "listening");
  const { port } = between.address() as AddressInfo;
  const url = parseStoreUrl(server.url().replace(`:${server.port}/`, `:${port}/`));
  const connection = new Connection({
    url,
    address: { host: "127.0.0.1", port },
    settings: {},
    onClose: () => {},
  });
  context.after(() => {
    connection.destroy();
    between.close();
  });
  return { connection, reset: () => sockets.map((socket) => socket.resetAndDestroy()) };
}

it("whoever asks as soon as he is told of the error is told, too", { timeout: 20_000 }, async (context) => {
  const { connection, reset } = await aConnection(context);
  await connection.run("SELECT 1", [], false);
  const told = connection.run("SELECT pg_sleep(60)", [], false).catch(() => {
    const after = [connection.script("ROLLBACK"), connection.run("SELECT $1::bigint", [1], true)];
    return Promise.allSettled(after);
  });
  reset();
  const settled = (await told) as readonly PromiseSettledResult<unknown>[];
  assert.deepEqual(
    settled.map(({ status }) => status),
    ["rejected", "rejected"],
  );
});

it("where the server has fewer connections than are wanted, those that there are do all the work", async (context) => {
  const owner = new Database({ url: server.url(), logger: silent });
  await owner.script("CREATE ROLE few LOGIN CONNECTION LIMIT 1");
  await owner.close();
  const few = server.url().replace("postgres@", "few@");
  const database = new Database({ url: few, logger: silent, connections: 3 });
  context.after(() => database.close());
  const work = Array.from({ length: 20 }, () => database.script("SELECT pg_sleep(0.02)"));
  await Promise.all(work);
});
