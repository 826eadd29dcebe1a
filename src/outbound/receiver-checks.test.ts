import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../core/limits.ts";
import { ReceiverChecks } from "./receiver-checks.ts";

test("as many checks run at once as may, of however many tenants, and one that ends makes room", async () => {
  const checks = new ReceiverChecks();
  const { promise, resolve } = Promise.withResolvers<void>();
  const tenants = Array.from({ length: limits.receiverChecks - 1 }, (_, i) => `tenant-${i}`);
  const running = tenants.map((tenant) => checks.run(tenant, () => promise));
  const failing = Promise.withResolvers<void>();
  const failed = checks.run("one more", () => failing.promise);
  await assert.rejects(
    checks.run("too many", async () => {}),
    { code: "too-many-checks" },
  );
  failing.reject(new Error("no"));
  await assert.rejects(failed, /no/);
  assert.equal(await checks.run("again", async () => 1), 1);
  resolve();
  await Promise.all(running);
});
