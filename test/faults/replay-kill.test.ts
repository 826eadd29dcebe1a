/** `kill -9` while replays run: every event of the range arrives again, and each is counted once. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { type ServerProcess, startServerProcess } from "./a-server-process.ts";

const cycles = 6;
const eventsInAll = 1200;

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly matched: number;
  readonly sent: number;
  readonly delivered: number;
  readonly failed: number;
}

const show = async (server: ServerProcess, id: string): Promise<Shown> =>
  (await server.call("GET", `/v1/replays/${id}`)).json as Shown;

it(`loses nothing of a replay in ${cycles} kills, and counts each event of it once`, async (test) => {
  const folder = await mkdtemp(join(tmpdir(), "trotline-replay-kill-"));
  const receiver = await startTestReceiver();
  let server = await startServerProcess(folder);
  try {
    const endpoint = { url: receiver.url, retry_delays_ms: [20, 50, 100] };
    const { id: endpointId } = (await server.call("POST", "/v1/endpoints", endpoint)).json as Shown;
    const ids = Array.from({ length: eventsInAll }, (_, index) => `e${index}`);
    for (let from = 0; from < eventsInAll; from += 400) {
      const events = ids.slice(from, from + 400).map((id) => ({ id, type: "kill.test", data: 1 }));
      assert.equal((await server.call("POST", "/v1/events", events)).status, 201);
    }
    await eventually("all are delivered", () => receiver.requests.length >= eventsInAll, 30_000);
    const before = receiver.requests.length;

    // Slow enough that each life of the server sees a part of it; some fail the first time.
    const failed = new Set<string>();
    receiver.answer(({ headers }) => {
      const id = String(headers["webhook-id"]);
      const isFirst = id.endsWith("7") && !failed.has(id);
      if (isFirst) failed.add(id);
      return { write: (response) => void setTimeout(() => response.writeHead(isFirst ? 500 : 200).end(), 5) };
    });
    const { id } = (await server.call("POST", `/v1/endpoints/${endpointId}/replay`)).json as Shown;
    const doomed = (await server.call("POST", `/v1/endpoints/${endpointId}/replay`)).json as Shown;
    assert.equal((await server.call("POST", `/v1/replays/${doomed.id}/cancel`)).status, 200);
    const cancelledAt = (await show(server, doomed.id)).sent;
    let killedInTheMiddle = 0;
    for (let cycle = 0; cycle < cycles; cycle++) {
      const sent = receiver.requests.length;
      await eventually("it is sent", () => receiver.requests.length >= sent + 60 + cycle * 20, 30_000);
      if ((await show(server, id)).status === "running") killedInTheMiddle += 1;
      await server.kill();
      server = await startServerProcess(folder);
    }
    assert.ok(killedInTheMiddle >= 3, `only ${killedInTheMiddle} kills met it`);
    const done = await eventually(
      "complete",
      async () => {
        const shown = await show(server, id);
        return shown.status === "completed" && shown;
      },
      60_000,
    );
    assert.equal(done.matched, eventsInAll);
    assert.equal(done.sent, eventsInAll, "each is counted once");
    assert.equal(done.delivered + done.failed, done.sent);
    const times = new Map<string, number>();
    for (const { headers } of receiver.requests.slice(before)) {
      const event = String(headers["webhook-id"]);
      times.set(event, (times.get(event) ?? 0) + 1);
    }
    const missing = ids.filter((event) => !times.has(event));
    assert.deepEqual(missing, [], "events of the range that did not arrive");
    const { status, sent } = await show(server, doomed.id);
    assert.equal(status, "cancelled");
    assert.ok(sent <= cancelledAt + 8, "what was cancelled stays so");
    await eventually("the retries finish what failed", async () => {
      const found = (await server.call("GET", `/v1/endpoints/${endpointId}`)).json as { parked: number };
      return found.parked === 0;
    });
    const extra = receiver.requests.length - before - eventsInAll - failed.size;
    test.diagnostic(`${killedInTheMiddle} kills in the middle, ${extra} sent twice`);
    assert.equal(await server.stop(), 0);
  } finally {
    await server.kill().catch(() => {});
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  }
});
