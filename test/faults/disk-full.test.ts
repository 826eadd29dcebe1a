/**
 * A full store: publishers are told so with 503, readers go on, and when there is room everything goes on by itself.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { startServerProcess } from "./a-server-process.ts";

describe("a store that is full", () => {
  it("answers 503 store-full, keeps serving, and after a start with more room takes and delivers everything", async () => {
    const folder = await mkdtemp(join(tmpdir(), "trotline-full-"));
    const receiver = await startTestReceiver();
    const acknowledged: string[] = [];
    try {
      const small = await startServerProcess(folder, ["--store-bytes-max", "2MiB"]);
      const created = await small.call("POST", "/v1/endpoints", { url: receiver.url });
      const { id: endpointId } = created.json as { id: string };
      await small.call("POST", `/v1/endpoints/${endpointId}/pause`);
      let refused: { status: number; json: unknown } | null = null;
      for (let i = 0; i < 100 && refused === null; i++) {
        const answer = await small.call("POST", "/v1/events", { id: `e${i}`, type: "a", data: "x".repeat(100_000) });
        if (answer.status === 201) acknowledged.push(`e${i}`);
        else refused = answer;
      }
      assert.equal(refused?.status, 503);
      const problem = refused.json as { code: string; retryable: boolean; advice: string };
      assert.equal(problem.code, "store-full");
      assert.equal(problem.retryable, true);
      assert.ok(problem.advice.length > 0);
      assert.equal((await small.call("GET", `/v1/events/${acknowledged[0]}`)).status, 200);
      assert.equal((await small.call("GET", "/healthz")).status, 200);
      await small.kill();

      const large = await startServerProcess(folder, ["--store-bytes-max", "64MiB"]);
      assert.equal((await large.call("POST", `/v1/endpoints/${endpointId}/resume`, {})).status, 200);
      assert.equal((await large.call("POST", "/v1/events", { id: "after", type: "a", data: 1 })).status, 201);
      assert.equal((await large.call("GET", "/readyz")).status, 200);
      await eventually("everything acknowledged", () => receiver.requests.length >= acknowledged.length + 1);
      const received = new Set(receiver.requests.map(({ headers }) => headers["webhook-id"]));
      assert.deepEqual([...received].sort(), [...acknowledged, "after"].sort());
      assert.equal(await large.stop(), 0);
    } finally {
      await receiver.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("makes room by retention, and takes events again without a restart", async () => {
    const folder = await mkdtemp(join(tmpdir(), "trotline-full-"));
    try {
      const server = await startServerProcess(folder, ["--store-bytes-max", "4MiB", "--retention-bytes", "1MiB"]);
      let refusals = 0;
      const publish = async (i: number): Promise<boolean> => {
        const answer = await server.call("POST", "/v1/events", { id: `e${i}`, type: "a", data: "x".repeat(200_000) });
        if (answer.status === 201) return true;
        assert.equal((answer.json as { code: string }).code, "store-full");
        refusals += 1;
        return false;
      };
      for (let i = 0; i < 60; i++) if (!(await publish(i))) break;
      assert.equal(refusals, 1);
      await eventually("room again", () => publish(1000), 30_000);
      assert.equal((await server.call("GET", "/v1/events/e0")).status, 404);
      assert.equal(await server.stop(), 0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
