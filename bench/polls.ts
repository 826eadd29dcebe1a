/** What figures about waiting share: the requests, and the number of those that the server says are waiting. */
import type { Server } from "./server-process.ts";

const settlePollMs = 20;
const settleSecondsMax = 60;

/** A whole HTTP/1.1 request that waits for an event of a type. */
export function pollRequest(target: { port: number; key: string }, type: string): Buffer {
  const head = [
    `GET /v1/events?after=latest&wait=60&types=${type} HTTP/1.1`,
    `host: 127.0.0.1:${target.port}`,
    `authorization: Bearer ${target.key}`,
    "accept: application/json",
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
}

/** Ends when the server holds this many. */
export async function untilWaiting(server: Server, count: number): Promise<void> {
  await until(async () => {
    const metrics = await server.text("GET", "/metrics");
    return Number(/^trotline_feed_waiting (\d+)$/m.exec(metrics)?.[1]) >= count;
  });
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + settleSecondsMax * 1000;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error("the clients did not come to wait");
    await new Promise((resolve) => setTimeout(resolve, settlePollMs));
  }
}
