/** What becomes of those who wait for the database when it, or the way to it, fails: nobody for ever. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, before, it, type TestContext } from "node:test";
import type { TrotlineError } from "../../src/core/errors.ts";
import { Connection } from "../../src/log/postgres/connection.ts";
import { Database, type DatabaseOptions } from "../../src/log/postgres/database.ts";
import { parseStoreUrl } from "../../src/log/postgres/store-url.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";
import { aProxy, type NetworkProxy } from "../postgres/a-proxy.ts";

const unavailable = { code: "store-unavailable" };
const asked = "ownership-holder";
let server: PostgresServer;

before(async () => {
  server = await startPostgres();
  const database = new Database({ url: server.url(), logger: silent });
  await database.script(`
    CREATE SCHEMA trotline;
    CREATE TABLE trotline.ownership (holder text, since timestamptz, fence bigint, expires_at timestamptz);
    INSERT INTO trotline.ownership VALUES ('me', '2026-01-01', 1, '2026-01-01');
  `);
  await database.close();
});
after(() => server.remove());

async function aDatabase(
  context: TestContext,
  options: Partial<DatabaseOptions> = {},
): Promise<{ database: Database; proxy: NetworkProxy }> {
  const proxy = await aProxy(server);
  const database = new Database({ url: proxy.through(server.url()), logger: silent, ...options });
  context.after(async () => {
    await database.close();
    await proxy.close();
  });
  return { database, proxy };
}

/** Milliseconds until it settles. */
async function timeOf(work: Promise<unknown>): Promise<number> {
  const beganAtMs = performance.now();
  await work.catch(() => {});
  return performance.now() - beganAtMs;
}

it("a network that swallows everything holds nobody beyond the deadline, and connections are made anew", async (context) => {
  const { database, proxy } = await aDatabase(context, { deadlineMs: 500, connections: 2 });
  await Promise.all([database.run(asked), database.run(asked)]);
  proxy.blackhole();
  const all = [
    database.run(asked),
    database.transaction((run) => run(asked)),
    database.run(asked),
    database.run(asked),
  ];
  const times = all.map((work) => timeOf(work));
  for (const work of all) await assert.rejects(work, unavailable);
  for (const timeMs of await Promise.all(times)) assert.ok(timeMs < 10_000, `${timeMs} ms`);
  proxy.heal();
  await eventually("it answers again", () =>
    database.run(asked).then(
      () => true,
      () => false,
    ),
  );
});

it("while the database cannot be reached each call fails at once, and for few of them it is called, or an error made", async (context) => {
  const { database, proxy } = await aDatabase(context);
  await database.run(asked);
  proxy.refuse();
  await assert.rejects(database.run(asked), unavailable);
  const before = proxy.connected;
  const errors = new Set<unknown>();
  for (let call = 0; call < 500; call++) {
    await assert.rejects(database.run(asked), (error: TrotlineError) => {
      errors.add(error);
      return error.code === "store-unavailable";
    });
  }
  assert.ok(errors.size < 100, `${errors.size} errors for 500 calls`);
  assert.ok(proxy.connected - before < 100, `${proxy.connected - before} connections for 500 calls`);
  proxy.heal();
  await eventually("it answers again", () =>
    database.run(asked).then(
      () => true,
      () => false,
    ),
  );
});

it("a transaction whose connection is cut fails whole, and no part of it runs on the next connection", async (context) => {
  const { database, proxy } = await aDatabase(context, { connections: 1 });
  await assert.rejects(
    database.transaction(async (run, script) => {
      await script("UPDATE trotline.ownership SET fence = fence + 1");
      proxy.cut();
      await eventually("the cut is seen", () =>
        run(asked).then(
          () => false,
          () => true,
        ),
      );
      // Where the client connected again by itself, this would be committed at once.
      await script("UPDATE trotline.ownership SET fence = fence + 100");
    }),
    unavailable,
  );
  const [row] = await database.run("ownership-renew", [1, 0]);
  assert.equal(row?.fence, 1, "the fence is as it was");
});

it("a server that is stopped and started in the middle is found again", async (context) => {
  const { database } = await aDatabase(context);
  await database.run(asked);
  const open = database.transaction(async (run) => {
    await run(asked);
    await server.stop("immediate");
    return run(asked);
  });
  await assert.rejects(open, unavailable);
  await assert.rejects(database.run(asked), unavailable);
  await server.start();
  await eventually("it answers again", () =>
    database.run(asked).then(
      () => true,
      () => false,
    ),
  );
});

it("whoever waits for a connection is told within the deadline, and gets one when it is given back", async (context) => {
  const { database } = await aDatabase(context, { connections: 1, deadlineMs: 400 });
  let isHeld = true;
  const holding = database.transaction(async (run) => {
    while (isHeld) await run(asked);
  });
  await assert.rejects(database.run(asked), unavailable);
  const waiting = database.run(asked);
  isHeld = false;
  await holding;
  assert.equal((await waiting).length, 1);
});

it("the server ends what takes too long, and a transaction that is left lying", async (context) => {
  const { database } = await aDatabase(context, { deadlineMs: 1000 });
  await assert.rejects(database.script("SELECT pg_sleep(30)"), { ...unavailable, message: /took too long/ });
  const left = database.transaction(async (run, script) => {
    await script("UPDATE trotline.ownership SET since = since");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await run(asked);
  });
  await assert.rejects(left, unavailable);
  await database.script("UPDATE trotline.ownership SET since = since");
});

it("what lost against another transaction is done again, from its beginning", async (context) => {
  const { database } = await aDatabase(context);
  await database.script(
    "CREATE TABLE IF NOT EXISTS trotline.pair (id integer PRIMARY KEY, n integer); INSERT INTO trotline.pair VALUES (1, 0), (2, 0)",
  );
  let tries = 0;
  const cross = (first: number, second: number): Promise<void> =>
    database.transaction(async (_run, script) => {
      tries += 1;
      await script(`UPDATE trotline.pair SET n = n + 1 WHERE id = ${first}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await script(`UPDATE trotline.pair SET n = n + 1 WHERE id = ${second}`);
    });
  await Promise.all([cross(1, 2), cross(2, 1)]);
  assert.ok(tries > 2, `${tries} tries`);
  await database.script("DO $$ BEGIN ASSERT (SELECT sum(n) FROM trotline.pair) = 4; END $$");
});

it("a statement that failed undoes the transaction, also where nobody looked at it", async (context) => {
  const { database } = await aDatabase(context);
  const swallowed = database.transaction(async (_run, script) => {
    await script("UPDATE trotline.ownership SET fence = 77");
    await script("SELECT 1 / 0").catch(() => {});
  });
  await assert.rejects(swallowed, { ...unavailable, message: /division by zero/ });
  assert.deepEqual([...(await database.run("ownership-renew", [77, 0]))], []);
});

it("values of every kind go there and come back", async (context) => {
  const url = parseStoreUrl(server.url());
  const [address] = url.addresses;
  assert.ok(address);
  const connection = new Connection({ url, address, settings: {}, onClose: () => {} });
  context.after(() => connection.end(1000));
  const text = `SELECT $1::bigint AS number, $2::text[] AS texts, $3::bytea[] AS bytes, $4::boolean[] AS flags,
    $5::double precision[] AS numbers, $6::jsonb AS json, $7::bytea AS data, $8::text AS nothing`;
  const texts = ['"', "\\", "", "NULL", null, "é😀\n"];
  const bytes = new Uint8Array([0, 92, 255]);
  const given = [2 ** 52, texts, [bytes, null], [true, null, false], [0.1, null, -1e300], '{"a":[1]}', bytes, null];
  for (const isPrepared of [true, true, false]) {
    const [row] = await connection.run(text, given, isPrepared);
    assert.deepEqual(
      { ...row, bytes: null, data: [...((row?.data ?? []) as Buffer)] },
      {
        number: 2 ** 52,
        texts,
        bytes: null,
        flags: "{t,NULL,f}",
        numbers: [0.1, null, -1e300],
        json: { a: [1] },
        data: [...bytes],
        nothing: null,
      },
    );
    assert.equal(row?.bytes, '{"\\\\x005cff",NULL}');
  }
});

it("statements go on without being prepared where a pooler gives each transaction another connection", async (context) => {
  const { database } = await aDatabase(context, { connections: 1 });
  await database.run(asked);
  await database.script("DEALLOCATE ALL"); // What the next session of the server would know of it.
  const rows = await database.transaction((run) => run(asked));
  assert.equal(rows.length, 1);
  await database.script("DEALLOCATE ALL");
  await database.transaction((run) => run(asked));
});

it("a pooler that refuses what a session begins with is taken without it", async (context) => {
  const seen: string[] = [];
  const pooler = createServer((socket) => socket.once("data", (bytes) => greet(socket, bytes)));
  const greet = (socket: Socket, startup: Buffer): void => {
    seen.push(startup.toString("latin1"));
    if (startup.includes("statement_timeout")) {
      const fields = "SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0";
      const head = Buffer.from([0x45, 0, 0, 0, fields.length + 4]);
      socket.end(Buffer.concat([head, Buffer.from(fields)]));
      return;
    }
    void import("node:net").then(({ connect }) => {
      const other = connect(server.port, "127.0.0.1");
      other.write(startup);
      socket.pipe(other).pipe(socket);
      for (const end of [socket, other]) end.on("error", () => {});
    });
  };
  pooler.listen(0, "127.0.0.1");
  await once(pooler, "listening");
  const { port } = pooler.address() as AddressInfo;
  const database = new Database({ url: server.url().replace(`:${server.port}/`, `:${port}/`), logger: silent });
  context.after(async () => {
    await database.close();
    pooler.close();
  });
  const all = await Promise.all([database.run(asked), database.transaction((run) => run(asked)), database.run(asked)]);
  for (const rows of all) assert.equal(rows.length, 1);
  const withSettings = seen.filter((startup) => startup.includes("statement_timeout"));
  assert.deepEqual([withSettings.length, seen.length], [3, 6], "each of three tried it once");
});

it("the first of several hosts that takes writes is used", async (context) => {
  const { port } = await aProxy(server).then(async (proxy) => {
    await proxy.close();
    return proxy;
  });
  const url = server.url().replace("127.0.0.1:", `127.0.0.1:${port},127.0.0.1:`);
  const database = new Database({ url, logger: silent });
  context.after(() => database.close());
  const atOnce = await Promise.all([1, 2, 3, 4].map(() => database.run(asked)));
  assert.ok(atOnce.every((rows) => rows.length === 1));
});

it("a server that became a replica under its connections is left, and they are made anew", async (context) => {
  const { database, proxy } = await aDatabase(context);
  await database.run(asked);
  await database.script("SET default_transaction_read_only = on"); // Of this session, which another would not know.
  await assert.rejects(database.script("UPDATE trotline.ownership SET since = since"), { message: /takes no writes/ });
  const before = proxy.connected;
  await database.script("UPDATE trotline.ownership SET since = since");
  assert.ok(proxy.connected > before);
});

it("no failure tells the password, nor those who publish whom the database does not let in", async () => {
  const closed = await aProxy(server);
  await closed.close();
  for (const url of [
    `postgres://me:hunter2@127.0.0.1:${closed.port}/x`,
    `postgres://nobody:hunter2@127.0.0.1:${server.port}/x`,
    `postgres://postgres:hunter2@127.0.0.1:${server.port}/missing`,
  ]) {
    const database = new Database({ url, logger: silent });
    await assert.rejects(database.run(asked), (error: Error) => {
      assert.doesNotMatch(error.message, /nobody|missing/);
      const all = JSON.stringify([error.message, error.stack, error.cause, (error.cause as Error).stack]);
      return !all.includes("hunter2");
    });
    await database.close();
  }
});
