/** `trotline event-types`, and the flags of endpoints about which events they get. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { aServer } from "./a-server.ts";
import { aFolder, trotlineEnded } from "./cli-run.ts";

const orderPaid = {
  description: "Paid in full.",
  group: "orders",
  versions: [{ version: "1" }, { version: "2", transforms: { "1": "data" } }],
};

it("event types are put from a file or the input, listed, shown and deleted; endpoints want a version and a filter", async (context) => {
  const server = await aServer(context);
  const file = join(aFolder(), "order-paid.json");
  await writeFile(file, JSON.stringify(orderPaid));
  const run = async (args: readonly string[], input = "") => {
    const { code, errors, lines } = await trotlineEnded(context, args, { server, input });
    assert.deepEqual([code, errors], [0, ""], args.join(" "));
    return lines();
  };
  const [made] = await run(["event-types", "put", "order.paid", file]);
  assert.deepEqual([made.name, made.versions.length], ["order.paid", 2]);
  await run(["event-types", "put", "other", "-"], '{"archived": true}');
  assert.deepEqual(
    (await run(["event-types", "list", "--archived", "all"])).map(({ name }) => name),
    ["order.paid", "other"],
  );
  assert.deepEqual(await run(["event-types", "list", "--group", "none"]), []);
  assert.equal((await run(["event-types", "get", "order.paid"]))[0].description, "Paid in full.");
  assert.deepEqual(await run(["event-types", "delete", "other"]), []);

  const chosen = ["--filter", "data.amount > 10", "--pin", "order.paid=2"];
  const [endpoint] = await run(["endpoints", "create", "https://example.com/a", ...chosen]);
  assert.deepEqual([endpoint.filter, endpoint.versions], ["data.amount > 10", { "order.paid": "2" }]);
  const [cleared] = await run(["endpoints", "update", endpoint.id, "--filter", "", "--pin", ""]);
  assert.deepEqual([cleared.filter, cleared.versions], [null, {}]);
});

it("what cannot be meant is said before the server is asked, and what it refuses with its reason", async (context) => {
  const server = await aServer(context);
  const cases: [string[], string, number, RegExp][] = [
    [["event-types", "put", "a", "/no/such/file"], "", 2, /cannot be read/],
    [["event-types", "put", "a", "-"], "{", 2, /is not JSON/],
    [["event-types", "put", "a", "-"], '{"validate": "maybe"}', 1, /`\/validate`/],
    [["event-types", "get", "a"], "", 1, /event-type-not-found/],
    [["endpoints", "update", "ep_x", "--pin", "order.paid"], "", 2, /--pin takes a type and a version/],
  ];
  for (const [args, input, code, sentence] of cases) {
    const ended = await trotlineEnded(context, args, { server, input });
    assert.equal(ended.code, code, ended.errors);
    assert.match(ended.errors, sentence);
  }
});
