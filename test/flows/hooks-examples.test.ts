/** The example of `docs/hooks.md`, run as it stands by a real shell. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { hooksFlags } from "../../src/cli/hooks-flags.ts";
import { allowances } from "../../src/inbound/hooks-file/allowances.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aFolder, shell } from "./cli-run.ts";

const page = () => readFile(new URL("../../docs/hooks.md", import.meta.url), "utf8");

it("the example of docs/hooks.md serves a hook, and answers what the command wrote", async (context) => {
  const blocks = [...(await page()).matchAll(/```sh\n([^`]*)```/g)].map((match) => match[1] ?? "");
  const [serve = "", ask = ""] = blocks;
  assert.equal(blocks.length, 2);
  const folder = aFolder();
  const server = shell(
    context,
    `cd '${folder}'\n${serve.replace("trotline hooks", 'exec "$NODE" "$BIN" hooks -port 0')}`,
    {
      env: { NODE: process.execPath, BIN: join(import.meta.dirname, "../../bin/trotline.js") },
    },
  );
  const port = await eventually("it serves", () => {
    return /serves 1 hook\(s\) on http:\/\/127\.0\.0\.1:(\d+)\/hooks/.exec(server.output())?.[1];
  });
  const asked = shell(context, ask.replace("127.0.0.1:9000", `127.0.0.1:${port}`));
  assert.equal(await asked.ended, 0, asked.errors());
  assert.equal(asked.output(), "deploying main\n");
});

it("docs/hooks.md tells of every flag of our own, and of every danger that the server around the files closes", async () => {
  const text = await page();
  const own = hooksFlags.filter(({ name }) => text.includes(`| \`--${name}\``)).map(({ name }) => name);
  const ours = ["allow", "api-port", "body-bytes-max", "compat", "concurrency", "data", "queue", "shutdown-grace-ms"];
  assert.deepEqual(own.sort(), [...ours, "timeout-ms", "trusted-proxies"].sort());
  for (const { name, held } of allowances) if (held === "serving") assert.ok(text.includes(`| \`${name}\``), name);
});
