/** Ten thousand clients that wait on one process, on sockets of their own: all are answered by one event. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { adminKey, type ServerProcess, startServerProcess } from "./a-server-process.ts";

const waitersMax = 10_000;
/** Files that a process has open beside its sockets. */
const filesBeside = 200;
/** The server has a process of its own, and the same limit. Node raises its own to what the system allows. */
const waiters = Math.min(waitersMax, openFilesMax() - filesBeside);
/** Connections that are begun at once: no more than a listening socket queues everywhere. */
const connectingMax = 100;
const connectedMsMax = 60_000;

function openFilesMax(): number {
  const { userLimits } = process.report.getReport() as { userLimits: { open_files: { soft: string } } };
  const { soft } = userLimits.open_files;
  return soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}

/** Counts whoever was answered with the event: the first bytes of an answer that is whole say so. */
class Crowd {
  readonly #sockets: Socket[] = [];
  readonly #request: string;
  readonly #port: number;
  answered = 0;
  failed = 0;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
    this.#request =
      "GET /v1/events?after=latest&wait=60 HTTP/1.1\r\nhost: localhost\r\n" +
      `authorization: Bearer ${adminKey}\r\n\r\n`;
  }

  async gather(count: number): Promise<void> {
    while (this.#sockets.length < count) {
      const coming = Math.min(connectingMax, count - this.#sockets.length);
      await Promise.all(Array.from({ length: coming }, () => this.#one()));
    }
  }

  /** Asks again, on the same connections. */
  askAgain(): void {
    this.answered = 0;
    for (const socket of this.#sockets) socket.write(this.#request);
  }

  leave(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #one(): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, "127.0.0.1", () => {
        socket.write(this.#request);
        resolve();
      });
      this.#sockets.push(socket);
      socket.on("data", (chunk) => {
        if (chunk.includes('"type":"crowd.woken"') && chunk.includes('"has_more":false}')) this.answered += 1;
        else this.failed += 1;
      });
      socket.on("error", () => {
        this.failed += 1;
        resolve();
      });
    });
  }
}

async function waitingAt({ url }: ServerProcess): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } });
  return Number(/^trotline_feed_waiting (\d+)$/m.exec(await response.text())?.[1]);
}

async function wake(server: ServerProcess, crowd: Crowd): Promise<number> {
  await eventually("all wait", async () => (await waitingAt(server)) === waiters, connectedMsMax);
  const { status } = await server.call("POST", "/v1/events", { type: "crowd.woken", data: {} });
  const publishedMs = performance.now();
  assert.equal(status, 201);
  await eventually("all are answered", () => crowd.answered + crowd.failed === waiters);
  return performance.now() - publishedMs;
}

it(`${waiters} idle long polls are all answered by one event, and leave nothing`, async (test) => {
  assert.ok(waiters > 0, "the limit of open files is too low for any");
  if (waiters < waitersMax)
    test.diagnostic(`${waiters} in place of ${waitersMax}: the limit of open files allows no more`);
  const folder = await mkdtemp(join(tmpdir(), "trotline-crowd-"));
  const server = await startServerProcess(folder);
  const crowd = new Crowd(server.url);
  try {
    await crowd.gather(waiters);
    const tookMs = [await wake(server, crowd)];
    crowd.askAgain();
    tookMs.push(await wake(server, crowd));
    assert.equal(crowd.failed, 0);
    test.diagnostic(`${waiters} answered in ${tookMs.map(Math.round).join(" and ")} ms`);
    crowd.askAgain();
    await eventually("all wait again", async () => (await waitingAt(server)) === waiters, connectedMsMax);
    crowd.leave();
    await eventually("all are forgotten", async () => (await waitingAt(server)) === 0);
    assert.equal(await server.stop(), 0);
  } finally {
    crowd.leave();
    await server.kill().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
});
