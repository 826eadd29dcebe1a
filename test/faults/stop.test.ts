/** Stopping in order: what is in flight ends or is kept, nothing is lost, and nothing is sent twice. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { startServerProcess } from "./a-server-process.ts";

async function inFolder(story: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "trotline-stop-"));
  try {
    await story(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const someEvents = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `${prefix}-${i}`, type: "stop.test", data: i }));

describe("SIGTERM", () => {
  it("under load ends with 0, and after the next start every event has arrived exactly once", () =>
    inFolder(async (folder) => {
      const receiver = await startTestReceiver();
      receiver.answer({ write: (response) => setTimeout(() => response.end(), 20) });
      const first = await startServerProcess(folder);
      await first.call("POST", "/v1/endpoints", { url: receiver.url });
      for (const batch of ["a", "b", "c"]) {
        assert.equal((await first.call("POST", "/v1/events", someEvents(batch, 500))).status, 201);
      }
      await eventually("under way", () => receiver.requests.length > 50);
      assert.equal(await first.stop(), 0);
      assert.ok(receiver.requests.length < 1500, "it stopped before everything was sent");
      const second = await startServerProcess(folder);
      await eventually("the rest", () => receiver.requests.length >= 1500, 30_000);
      assert.equal(await second.stop(), 0);
      const ids = receiver.requests.map(({ headers }) => String(headers["webhook-id"]));
      assert.equal(new Set(ids).size, 1500);
      assert.equal(ids.length, 1500);
      await receiver.close();
    }));

  it("ends with 0 as soon as the address is out", () =>
    inFolder(async (folder) => {
      for (let start = 0; start < 4; start++) assert.equal(await (await startServerProcess(folder)).stop(), 0);
    }));

  it("does not wait longer than its grace for a receiver that never answers, and sends that delivery again", () =>
    inFolder(async (folder) => {
      const receiver = await startTestReceiver();
      receiver.answer({ write: () => {} });
      const first = await startServerProcess(folder, ["--shutdown-grace", "300ms"]);
      await first.call("POST", "/v1/endpoints", { url: receiver.url, timeout_ms: 30_000 });
      await first.call("POST", "/v1/events", { id: "held", type: "stop.test", data: 1 });
      await eventually("held", () => receiver.requests.length === 1);
      const beganMs = performance.now();
      assert.equal(await first.stop(), 0);
      assert.ok(performance.now() - beganMs < 10_000);
      receiver.answer(200);
      const second = await startServerProcess(folder);
      await eventually("sent again", () => receiver.requests.length === 2);
      assert.equal(receiver.requests[1]?.headers["webhook-id"], "held");
      assert.equal(await second.stop(), 0);
      await receiver.close();
    }));
});

describe("a restart", () => {
  it("goes on with what was parked, paused and behind, and keeps keys, endpoints and attempts", () =>
    inFolder(async (folder) => {
      const receiver = await startTestReceiver();
      receiver.answer(({ path }) => (path === "/failing" ? 500 : 200));
      const first = await startServerProcess(folder);
      const failing = await first.call("POST", "/v1/endpoints", {
        url: `${receiver.url}/failing`,
        retry_delays_ms: [1500],
      });
      const paused = await first.call("POST", "/v1/endpoints", { url: `${receiver.url}/paused` });
      const pausedId = (paused.json as { id: string }).id;
      await first.call("POST", `/v1/endpoints/${pausedId}/pause`);
      await first.call("POST", "/v1/events", { id: "kept", type: "stop.test", data: 1 });
      await eventually("failed once", () => receiver.requests.length === 1);
      assert.equal(await first.stop(), 0);
      receiver.answer(200);
      const second = await startServerProcess(folder);
      await eventually(
        "the parked delivery",
        () => receiver.requests.filter(({ path }) => path === "/failing").length === 2,
      );
      const endpoint = await second.call("GET", `/v1/endpoints/${pausedId}`);
      assert.equal((endpoint.json as { status: string }).status, "paused");
      await second.call("POST", `/v1/endpoints/${pausedId}/resume`, {});
      await eventually("the paused one", () => receiver.requests.some(({ path }) => path === "/paused"));
      const failingId = (failing.json as { id: string }).id;
      const numbers = await eventually("both attempts", async () => {
        const { json } = await second.call("GET", `/v1/attempts?endpoint_id=${failingId}`);
        const attempts = (json as { data: { number: number }[] }).data.map(({ number }) => number);
        return attempts.length === 2 && attempts;
      });
      assert.deepEqual(numbers, [2, 1]);
      assert.equal(await second.stop(), 0);
      await receiver.close();
    }));
});
