/** `kill -9` of a program that uses the receiver kit: what was answered 2xx is handled after the next start. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "../../src/testing/eventually.ts";
import { aFolder } from "../flows/a-command.ts";
import { deliver } from "../flows/a-source.ts";

const program = fileURLToPath(new URL("./receiver-process.ts", import.meta.url));
const cycles = Number(process.env.TEST_KILL_CYCLES ?? 8);

interface Running {
  readonly url: string;
  /** The ids that a word was printed with. */
  ids(word: string): string[];
  kill(): Promise<void>;
}

async function start(context: Pick<TestContext, "after">, folder: string, mode = ""): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [program, folder, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  context.after(kill);
  const ids = (word: string): string[] =>
    [...text.matchAll(new RegExp(`^${word} (.+)\n`, "gm"))].map((match) => match[1] ?? "");
  const url = await eventually("it listens", () => ids("listens on")[0]);
  return { url: `${url}/in/github`, ids, kill };
}

it("handles after a restart what was answered 200 and not handled when it was killed", async (context) => {
  const folder = aFolder();
  const first = await start(context, folder, "hangs");
  const sent = Array.from({ length: 20 }, (_, index) => `d${index}`);
  for (const id of sent) assert.equal((await deliver(first.url, { id })).status, 200);
  await eventually("one has begun", () => first.ids("begins").length > 0);
  assert.deepEqual(first.ids("handled"), []);
  await first.kill();

  const second = await start(context, folder);
  await eventually("all are handled", () => second.ids("handled").length >= sent.length);
  assert.deepEqual(second.ids("handled").toSorted(), sent.toSorted());
  for (const id of sent) assert.equal((await deliver(second.url, { id })).status, 200);
  await deliver(second.url, { id: "last" });
  await eventually("the last is handled", () => second.ids("handled").includes("last"));
  assert.equal(second.ids("begins").length, sent.length + 1);
});

it("loses nothing that was answered 200, however often it is killed", async (context) => {
  const folder = aFolder();
  const answered = new Set<string>();
  const handled = new Set<string>();
  let made = 0;
  for (let cycle = 0; cycle < cycles; cycle++) {
    const running = await start(context, folder);
    const enough = answered.size + 5 + cycle;
    const sending = (async () => {
      for (;;) {
        const id = `d${made++}`;
        const answer = await deliver(running.url, { id }).catch(() => null);
        if (answer === null) return;
        assert.equal(answer.status, 200);
        answered.add(id);
      }
    })();
    await eventually("some were answered", () => answered.size >= enough);
    await running.kill();
    await sending;
    for (const id of running.ids("handled")) handled.add(id);
  }
  const last = await start(context, folder);
  await eventually("all are handled", () => {
    for (const id of last.ids("handled")) handled.add(id);
    return answered.isSubsetOf(handled);
  });
  assert.ok(answered.size >= cycles * 5);
});
