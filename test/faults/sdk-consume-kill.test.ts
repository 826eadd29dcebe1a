/**
 * `kill -9` of the server and of the program that reads from it through the client library, at any moment and again and
 * again: every event that was published is processed, and none before one that was published earlier.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { Trotline } from "../../src/sdk/client.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { freePort } from "../../src/testing/free-port.ts";
import { adminKey, startServerProcess } from "./a-server-process.ts";

const kills = Number(process.env.TEST_KILL_CYCLES ?? 10);
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);

/** Numbers in [0, 1) that the seed decides (a linear congruential generator of Numerical Recipes). */
function chance(): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Publishes n0, n1, n2 … each until it is stored, a few at once, until it is told to end; answers how many. */
async function publishOn(client: Trotline, isOver: () => boolean): Promise<number> {
  let number = 0;
  while (!isOver()) {
    const ids = Array.from({ length: 5 }, () => `n${number++}`);
    await Promise.all(ids.map((id) => client.publish({ id, type: "kill.test", data: id })));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return number;
}

it(`a program that reads loses nothing, although it and the server are killed ${kills} times each (seed ${seed})`, async (test) => {
  const random = chance();
  const folder = await mkdtemp(join(tmpdir(), "trotline-sdk-kill-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const file = join(folder, "processed");
  const program = join(import.meta.dirname, "sdk-consuming-child.ts");
  await writeFile(file, "");
  const start = () => startServerProcess(join(folder, "data"), ["--port", String(port)]);
  let server = await start();
  let reader: ChildProcess | null = null;
  let readerErrors = "";
  const startReader = (): void => {
    reader = spawn(process.execPath, [program, url, adminKey, file], { stdio: ["ignore", "ignore", "pipe"] });
    reader.stderr?.on("data", (chunk: Buffer) => {
      readerErrors += chunk.toString();
    });
  };
  const processed = async (): Promise<string[]> => (await readFile(file, "utf8")).split("\n").slice(0, -1);
  const pauseMs = (most: number) => new Promise((resolve) => setTimeout(resolve, random() * most));
  let isOver = false;
  const retry = { attemptsMax: 1000, totalMsMax: 120_000, firstDelayMs: 20, delayMsMax: 200 };
  const publishing = publishOn(new Trotline({ url, key: adminKey, timeoutMs: 2000, retry }), () => isOver);
  try {
    startReader();
    const killServer = async (): Promise<void> => {
      for (let cycle = 0; cycle < kills; cycle++) {
        await pauseMs(1500);
        await server.kill();
        server = await start();
      }
    };
    const killReader = async (): Promise<void> => {
      for (let cycle = 0; cycle < kills; cycle++) {
        await pauseMs(2000);
        assert.equal(readerErrors, "");
        assert.equal(reader?.exitCode, null, "the program that reads has ended by itself");
        await kill(reader as ChildProcess);
        startReader();
      }
    };
    await Promise.all([killServer(), killReader()]);
    isOver = true;
    const count = await publishing;
    const last = `n${count - 1}`;
    await eventually("the last event is processed", async () => (await processed()).includes(last), 30_000);
    const ids = await processed();
    const inOrder = Array.from({ length: count }, (_, index) => `n${index}`);
    assert.ok(count > kills * 10, `only ${count} events were published`);
    assert.deepEqual([...new Set(ids)], inOrder);
    test.diagnostic(`${count} published, all processed; ${ids.length - count} of them again`);
  } finally {
    isOver = true;
    if (reader !== null) await kill(reader);
    await server.stop();
    await publishing.catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
});
