/** The examples of `docs/command-line.md`, run as they stand by a real shell. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aServer } from "./a-server.ts";
import { aFolder, shell } from "./cli-run.ts";

it("the examples of docs/command-line.md do what they say", async (context) => {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const page = await readFile(new URL("../../docs/command-line.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/```sh\n([^`]*)```/g)].map((match) => match[1] ?? "");
  assert.equal(blocks.length, 6);
  const folder = aFolder();
  for (const block of blocks) {
    const commands = block.replace(/^export .*$/gm, "").replaceAll("https://example.com/webhooks", receiver.url);
    const run = shell(context, `set -e; cd '${folder}'\n${commands}`, { server });
    assert.equal(await run.ended, 0, `${block}\n${run.errors()}`);
    assert.doesNotMatch(run.errors(), /trotline: (?!These are the first)/);
  }
});
