/**
 * Two processes on one database behind a load balancer, and a program that reads through it with the client library:
 * `kill -9` of either process again and again skips nothing, and repeats no more than what was not acknowledged.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { it, type TestContext } from "node:test";
import { Trotline } from "../../src/sdk/client.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aDatabase } from "../conformance/postgres-kind.ts";
import { aCluster, type Cluster } from "./a-cluster.ts";
import { adminKey } from "./a-server-process.ts";

const kills = Number(process.env.TEST_KILL_CYCLES ?? 2);
const limit = 10;

/** Each connection goes to the next process that runs. Answers its URL. */
async function aBalancer(context: TestContext, cluster: Cluster): Promise<string> {
  const balancer = createServer((client) => {
    const member = cluster.next();
    if (member === null) return client.destroy();
    const server = connect(Number(new URL(member.server.url).port), "127.0.0.1");
    client.pipe(server).pipe(client);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  balancer.listen(0, "127.0.0.1");
  await once(balancer, "listening");
  context.after(() => balancer.close());
  return `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
}

it(`a program that reads goes on at the other process in ${kills} kills, and misses nothing`, async (context) => {
  const cluster = await aCluster(context, { url: await aDatabase(), size: 2 });
  await cluster.start();
  const url = await aBalancer(context, cluster);
  const retry = { attemptsMax: 1000, totalMsMax: 60_000, firstDelayMs: 20, delayMsMax: 200 };
  const client = new Trotline({ url, key: adminKey, timeoutMs: 5000, retry });
  const ids: string[] = [];
  let published = 0;
  let isOver = false;
  const ended = new AbortController();
  const read = async (): Promise<void> => {
    const { signal } = ended;
    for await (const { id } of client.consume("work", { from: "earliest", leaseMs: 1000, limit, signal })) ids.push(id);
  };
  const reading = read().catch((error: unknown) => {
    if (!ended.signal.aborted) throw error;
  });
  const publish = async (): Promise<void> => {
    while (!isOver) {
      await client.publish({ id: `n${published}`, type: "kill.test", data: 1 });
      published += 1;
    }
  };
  const publishing = publish();
  for (let kill = 0; kill < kills; kill++) {
    const [before, sent] = [ids.length, published];
    await eventually("it reads", () => ids.length > before + 5 && published > sent + 5, 30_000);
    const member = cluster.member(kill % 2);
    await member.kill();
    // The dead one's lease has to run out first, and only then is the next page read.
    const dead = ids.length;
    await eventually("it reads at the other", () => ids.length > dead + 2 * limit, 30_000);
    await member.start();
  }
  isOver = true;
  await publishing;
  await eventually("it has read all", () => ids.at(-1) === `n${published - 1}`, 30_000);
  ended.abort();
  await reading;
  assert.deepEqual(
    [...new Set(ids)],
    Array.from({ length: published }, (_, index) => `n${index}`),
  );
  const repeated = ids.length - published;
  assert.ok(repeated <= kills * 2 * limit, `${repeated} of ${published} came again`);
  context.diagnostic(`${published} published, none skipped, ${repeated} again`);
  await cluster.stop();
});
