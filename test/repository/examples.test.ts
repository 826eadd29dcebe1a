/** The examples in README and docs, run as they stand by a real shell against a real server. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { adminKey, type ServerProcess, startServerProcess } from "../faults/a-server-process.ts";

const root = join(import.meta.dirname, "../..");
const noCurl = spawnSync("curl", ["--version"]).status === 0 ? false : "curl is not installed";

/** `npx` would look for this package in the registry. */
const asProgram = `trotline() { "${process.execPath}" "${join(root, "bin/trotline.js")}" "$@"; }\nnpx() { "$@"; }`;

/** The commands of a page's `sh` blocks, with the page's placeholders put right. */
async function commandsOf(page: string, places: { url: string; receiver: string }): Promise<string[]> {
  const text = await readFile(join(root, page), "utf8");
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
  return blocks
    .filter((block) => /\b(curl|trotline) /.test(block))
    .flatMap((block) => block.split(/\n(?=(?:\w+=\S+ )?(?:curl|npx|trotline) )/))
    .map((command) =>
      command
        .replace(/^export KEY=.*$/m, "")
        .replaceAll("http://127.0.0.1:3400", places.url)
        .replaceAll(/https:\/\/(example\.com\/webhooks|hooks\.slack\.com\/services\/…)/g, places.receiver),
    );
}

/** One JSON text, or one a line, or none. */
function answersIn(output: string): { id?: string; code?: string }[] {
  if (output.trim() === "") return [];
  const isOne = !/}\n{/.test(output);
  const texts = isOne ? [output] : output.split("\n").filter((line) => line !== "");
  return texts.map((text) => JSON.parse(text));
}

/** What the command prints, run where it may write files, with a shell that knows the server. */
function runInShell(command: string, { folder, url }: { folder: string; url: string }): Promise<string> {
  const child = spawn("sh", ["-c", `${asProgram}\n${command}`], {
    cwd: folder,
    env: { ...process.env, KEY: adminKey, TROTLINE: url, TROTLINE_KEY: adminKey, TROTLINE_URL: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve(output) : reject(new Error(`${code}: ${command}\n${output}`))));
  });
}

describe("the examples", { skip: noCurl }, () => {
  let folder: string;
  let server: ServerProcess;
  let receiver: TestReceiver;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "trotline-examples-"));
    receiver = await startTestReceiver();
    server = await startServerProcess(folder);
  });
  after(async () => {
    await server.stop();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The newest of each kind, for the placeholders of the examples. */
  const ids = new Map<string, string>();

  for (const page of [
    "README.md",
    "docs/publishing.md",
    "docs/endpoints.md",
    "docs/statistics.md",
    "docs/feed.md",
    "docs/consumers.md",
    "docs/replay.md",
    "docs/keys.md",
    "docs/operational-events.md",
    "docs/signing.md",
    "docs/receivers.md",
    "docs/retries.md",
    "docs/payloads.md",
    "docs/ordering.md",
    "docs/event-types.md",
    "docs/sources.md",
    "docs/receiving.md",
    "docs/bins.md",
    "docs/schemes.md",
    "docs/handshakes.md",
  ]) {
    it(`of ${page} do what they say`, async () => {
      const places = { url: server.url, receiver: receiver.url };
      const commands = await commandsOf(page, places);
      assert.ok(commands.length > 0);
      for (const command of commands) {
        const filled = command.replace(/\b(evt|ep|rpl|key|bin)_…/g, (place, prefix) => ids.get(prefix) ?? place);
        const output = await runInShell(filled, { folder, url: server.url });
        for (const answer of answersIn(output)) {
          assert.equal(answer.code, undefined, output);
          if (answer.id !== undefined) ids.set(answer.id.split("_")[0] ?? "", answer.id);
        }
      }
    });
  }

  it("of docs/consumers.md fetch and acknowledge again at once: the lease was given back", async () => {
    const commands = await commandsOf("docs/consumers.md", { url: server.url, receiver: receiver.url });
    const command = commands.find((text) => text.includes("LEASE="));
    assert.ok(command);
    for (let round = 1; round <= 2; round++) {
      const output = await runInShell(command, { folder, url: server.url });
      assert.deepEqual(
        answersIn(output).map(({ code }) => code),
        [undefined],
        output,
      );
    }
  });
});
