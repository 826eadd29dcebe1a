/** `trotline endpoints`: what deliveries look like. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { aServer } from "./a-server.ts";
import { trotlineEnded } from "./cli-run.ts";

it("what an endpoint is sent is set by flags, and taken back by empty ones", async (context) => {
  const server = await aServer(context);
  const run = async (...args: string[]) => {
    const { code, errors, lines } = await trotlineEnded(context, ["endpoints", ...args], { server });
    assert.deepEqual([code, errors], [0, ""], args.join(" "));
    const [{ method, format, compression, batch, transform, id }] = lines();
    return { id, settings: { method, format, compression, batch, transform } };
  };
  const flags = ["--format", "cloudevents", "--compression", "zstd", "--batch", "50/500", "--transform", "data.a"];
  const made = await run("create", "https://example.com/a", "--method", "PUT", ...flags);
  assert.deepEqual(made.settings, {
    method: "PUT",
    format: "cloudevents",
    compression: "zstd",
    batch: { max_events: 50, max_wait_ms: 500 },
    transform: "data.a",
  });
  const changed = await run("update", made.id, "--batch", "", "--transform", "");
  assert.deepEqual(changed.settings, { ...made.settings, batch: null, transform: null });
});

it("a batch that cannot be read is refused before anything is asked", async (context) => {
  const server = await aServer(context);
  const args = ["endpoints", "create", "https://example.com/a", "--batch", "many"];
  const { code, errors } = await trotlineEnded(context, args, { server });
  assert.equal(code, 2);
  assert.match(errors, /--batch takes events and milliseconds, such as 50\/500/);
});
