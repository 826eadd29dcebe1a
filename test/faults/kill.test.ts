/**
 * `kill -9` under load, again and again: what was acknowledged is there and is delivered, and what is sent twice is no
 * more than what was in flight or not yet journalled when the process died.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { type ServerProcess, startServerProcess } from "./a-server-process.ts";

const cycles = Number(process.env.TEST_KILL_CYCLES ?? 50);
const maxInFlight = 16;
/** A group of the journal that was being committed, and one that was gathering. */
const unjournalledMax = 2 * 256;
/** More than gathering and committing take, also on a busy machine. */
const journalDelayMsMax = 1500;

interface Receipt {
  firstOkAtMs: number;
  ok: number;
  total: number;
}

describe("kill -9 under load", () => {
  it(`loses nothing acknowledged in ${cycles} cycles, and bounds what is sent twice`, async (test) => {
    const folder = await mkdtemp(join(tmpdir(), "trotline-kill-"));
    const receiver = await startTestReceiver();
    const receipts = new Map<string, Receipt>();
    receiver.answer(({ headers, atMs }) => {
      const id = String(headers["webhook-id"]);
      const receipt = receipts.get(id) ?? { firstOkAtMs: 0, ok: 0, total: 0 };
      receipts.set(id, receipt);
      receipt.total += 1;
      if (receipt.total === 1 && id.endsWith("3")) return 500;
      receipt.ok += 1;
      if (receipt.firstOkAtMs === 0) receipt.firstOkAtMs = atMs;
      return 200;
    });
    const acknowledged = new Set<string>();
    const killsAtMs: number[] = [];
    let batch = 0;

    const publishUntilDead = async (server: ServerProcess): Promise<void> => {
      for (;;) {
        const name = batch++;
        const events = Array.from({ length: 10 }, (_, i) => ({
          id: `b${name}-${i}`,
          type: "kill.test",
          data: { name, i },
        }));
        try {
          const { status } = await server.call("POST", "/v1/events", events);
          if (status === 201) for (const { id } of events) acknowledged.add(id);
        } catch {
          return; // The process is dead: these may be stored or not, and were not acknowledged.
        }
      }
    };

    try {
      let server = await startServerProcess(folder);
      const created = await server.call("POST", "/v1/endpoints", {
        url: receiver.url,
        retry_delays_ms: [20, 50, 100, 200, 500],
        max_in_flight: maxInFlight,
      });
      assert.equal(created.status, 201);
      for (let cycle = 0; cycle < cycles; cycle++) {
        const publishers = [publishUntilDead(server), publishUntilDead(server)];
        await new Promise((resolve) => setTimeout(resolve, 20 + ((cycle * 37) % 150)));
        killsAtMs.push(Date.now());
        await server.kill();
        await Promise.all(publishers);
        server = await startServerProcess(folder);
      }
      const missing = (): string[] => [...acknowledged].filter((id) => (receipts.get(id)?.ok ?? 0) === 0);
      await eventually("every acknowledged event is delivered", () => missing().length === 0, 60_000).catch(() => {});
      assert.deepEqual(missing().slice(0, 10), [], "acknowledged events were lost");
      assert.ok(acknowledged.size > cycles * 10, `only ${acknowledged.size} events were acknowledged`);
      const twice = [...receipts.values()].filter(({ ok }) => ok > 1);
      const unexplained = twice.filter(
        ({ firstOkAtMs }) =>
          !killsAtMs.some((atMs) => firstOkAtMs <= atMs + 50 && firstOkAtMs > atMs - journalDelayMsMax),
      );
      assert.deepEqual(unexplained, [], "sent again although it was journalled long before a kill");
      const extra = twice.reduce((sum, { ok }) => sum + ok - 1, 0);
      assert.ok(extra <= cycles * (maxInFlight + unjournalledMax), `${extra} duplicates`);
      test.diagnostic(`${acknowledged.size} acknowledged, 0 lost, ${extra} duplicates in ${cycles} kills`);
      assert.equal(await server.stop(), 0);
    } finally {
      await receiver.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
