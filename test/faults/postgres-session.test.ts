/** A database that is shared with applications, and gives its sessions other settings than PostgreSQL does by itself. */
import assert from "node:assert/strict";
import { after, before, it, type TestContext } from "node:test";
import postgres from "postgres";
import { openPostgresStore } from "../../src/log/postgres/store.ts";
import type { Store } from "../../src/log/store.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { anEvent, append, bytesOf } from "../conformance/builders.ts";
import { silent } from "../conformance/store-kinds.ts";
import { openLog } from "../postgres/a-log.ts";
import { aPooler } from "../postgres/a-pooler.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";

const odd = ["bytea_output = 'escape'", "extra_float_digits = -8", "default_transaction_isolation = 'serializable'"];

let server: PostgresServer;
let databases = 0;

before(async () => {
  server = await startPostgres();
});
after(() => server.remove());

async function aDatabaseWith(...settings: readonly string[]): Promise<string> {
  const name = `session_${++databases}`;
  const url = await server.createDatabase(name);
  const admin = postgres(server.url(), { max: 1 });
  for (const setting of settings) await admin.unsafe(`ALTER DATABASE ${name} SET ${setting}`);
  await admin.end();
  return url;
}

const openStore = (url: string): Promise<Store> =>
  openPostgresStore({ url, directUrl: null, logger: silent, durability: "trusted", clock: systemClock() });

it("events come back as they were, to the byte and the millisecond", async () => {
  const store = await openStore(await aDatabaseWith(...odd));
  const data = bytesOf('{"n":1,"text":"\\\\ \u00e9"}');
  const event = { ...anEvent({ id: "kept", occurredAtMs: 1_700_000_000_123 }), data };
  await append(store, event);
  const found = await store.events.find(event.tenant, "kept");
  assert.deepEqual(Buffer.from(found?.data ?? []), Buffer.from(data));
  assert.equal(found?.occurredAtMs, event.occurredAtMs);
  await store.close();
});

it("processes that append at once wait for each other, and none fails", async () => {
  const url = await aDatabaseWith(...odd);
  await (await openStore(url)).close();
  const logs = await Promise.all([openLog(url), openLog(url), openLog(url)]);
  const each = 60;
  await Promise.all(
    logs.map(async (log) => {
      for (let i = 0; i < each; i++) await log.append(anEvent());
    }),
  );
  for (const log of logs) await log.close();
});

/** Passes no setting on. */
async function throughPooler(context: TestContext, url: string): Promise<string> {
  const pooler = await aPooler(server);
  context.after(() => pooler.close());
  return pooler.through(url);
}

for (const setting of odd) {
  it(`a pooler that gives nothing else is refused: ${setting}`, async (context) => {
    const url = await throughPooler(context, await aDatabaseWith(setting));
    const name = setting.split(" ")[0] ?? "";
    await assert.rejects(openStore(url), ({ code, message }: Error & { code?: string }) => {
      assert.equal(code, "store-unfit");
      assert.ok(message.includes(name), message);
      return true;
    });
  });
}
