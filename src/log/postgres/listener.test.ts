import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "../../testing/eventually.ts";
import { Listener } from "./listener.ts";

it("says once why nothing can be heard", async (context) => {
  const reasons: string[] = [];
  const listener = new Listener({
    url: "postgres://me:hunter2@127.0.0.1:1/x",
    onDeaf: (reason) => reasons.push(reason),
  });
  context.after(() => listener.close());
  listener.hear("bell", () => {});
  await eventually("it is told", () => reasons.length > 0);
  assert.deepEqual(reasons, ["connect ECONNREFUSED 127.0.0.1:1"]);
});
