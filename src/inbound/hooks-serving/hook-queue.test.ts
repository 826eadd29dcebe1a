import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hook } from "../hooks-file/hook.ts";
import type { HookRequest } from "../hooks-file/hook-request.ts";
import { HookQueue } from "./hook-queue.ts";

const aRequest = (bytes: number, id = "h") => ({
  hook: { id } as Hook,
  request: { body: new Uint8Array(bytes) } as unknown as HookRequest,
  requestId: "r",
  ended: () => {},
});

describe("what was accepted and has not run", () => {
  it("is counted by hook", () => {
    const queue = new HookQueue();
    queue.add("1", aRequest(1, "a"));
    queue.add("2", aRequest(1, "a"));
    queue.add("3", aRequest(1, "b"));
    queue.remove("1");
    queue.remove("1");
    assert.deepEqual([queue.length("a"), queue.length("b"), queue.length("c")], [1, 1, 0]);
  });

  it("is held in memory up to a bound; beyond it, the log has it", () => {
    const queue = new HookQueue();
    const mib = 1024 * 1024;
    for (let number = 0; number < 7; number++) queue.add(String(number), aRequest(10 * mib));
    assert.notEqual(queue.get("5")?.request, null);
    assert.equal(queue.get("6")?.request, null);
    assert.equal(queue.get("6")?.hook.id, "h");
    queue.remove("0");
    queue.add("7", aRequest(10 * mib));
    assert.notEqual(queue.get("7")?.request, null);
  });
});
